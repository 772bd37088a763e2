"""Ratios of published rates within one study."""

import numpy as np
import pytest

from ftsec.evidence import measurements
from ftsec.evidence.ratios import factor_ratios
from ftsec.evidence.selection import shown_in


def test_every_pair_is_of_one_study_and_one_metric():
    table = measurements().set_index("measurement_id")
    for pair in shown_in("factor_ratios").itertuples():
        changed, reference = table.loc[pair.measurement_id], table.loc[pair.against]
        assert changed["citation_key"] == reference["citation_key"], pair
        assert changed["metric"] == reference["metric"] and changed["model"] == reference["model"], pair


def test_a_ratio_worked_by_hand():
    """46.4 over 23.6 per cent; on 330 prompts each, log ratio 0.676, standard error 0.115."""
    row = factor_ratios().iloc[0]
    assert row["value"] == pytest.approx(46.4 / 23.6)
    assert np.log([row["low"], row["high"]]) == pytest.approx([0.676 - 1.96 * 0.115, 0.676 + 1.96 * 0.115], abs=0.01)


def test_a_rate_of_zero_has_no_interval():
    rows = factor_ratios()
    assert rows[rows["changed"] == 0]["high"].isna().all() and (rows["changed"] == 0).any()


def test_weak_pairs_can_be_left_out():
    strong = factor_ratios(include_weak=False)
    assert not strong["weak"].any() and 0 < len(strong) < len(factor_ratios())
