"""The replication covers what was promised, and says how often chance alone would meet its criteria."""

import numpy as np
import pandas as pd
import pytest

from ftsec.testbed import bases, outcomes, replication
from ftsec.testbed.experiments import experiments
from ftsec.testbed.experiments.replications import REPLICATIONS, SUFFIX
from ftsec.testbed.statistics import Estimate, mean_interval


def test_every_prediction_and_twenty_headline_numbers_have_a_criterion():
    table = replication.criteria()
    assert table["id"].tolist() == [*outcomes.ESTIMATES, *replication.HEADLINES]
    assert table["kind"].value_counts().to_dict() == {"prediction": 23, "headline": 20}
    for row in table.itertuples():
        setting = experiments()[f"{row.experiment}{SUFFIX}"].settings[0]
        assert len(setting.bases) == row.n_bases >= 20


def test_the_bases_of_the_replication_were_used_for_nothing_else():
    theirs = {base for each in REPLICATIONS for setting in each.settings for base in setting.bases}
    others = {b for e in experiments().values() if e not in REPLICATIONS for s in e.settings for b in s.bases}
    assert theirs == set(bases.REPLICATION_SEEDS) and not theirs & others


@pytest.mark.parametrize(("n_stored", "n_new"), [(60, 60), (20, 20), (60, 20)])
def test_the_share_of_new_means_inside_the_old_interval_is_what_a_simulation_gives(n_stored, n_new):
    rng = np.random.default_rng(0)
    low, high = mean_interval(rng.standard_normal((4000, n_stored)))
    new = rng.standard_normal((4000, n_new)).mean(axis=1)
    assert replication.inside_share(n_stored, n_new) == pytest.approx(((low <= new) & (new <= high)).mean(), abs=0.02)


def test_a_clear_effect_replicates_by_chance_and_a_close_one_half_of_the_time():
    clear, close = Estimate(-0.7, -0.75, -0.65, 60), Estimate(-0.1, -0.2, 0.0, 60)
    assert replication.same_outcome("P01", clear, 60, 0.0) > 0.99
    assert replication.same_outcome("P01", close, 60, 0.0) == pytest.approx(0.5, abs=0.05)
    assert replication.same_outcome("P01", Estimate(-0.1, -0.15, -0.05, 60), 20, 0.0) < 0.75, "fewer bases see less"


def test_rows_are_counted_by_kind():
    table = pd.DataFrame({
        "kind": ["prediction", "prediction", "headline"], "replicated": [True, False, True],
        "expected": [0.9, 0.8, 0.83], "inside": [True, True, True],
    })  # fmt: skip
    counted = replication.counts(table).set_index("kind")
    assert counted.loc["prediction", ["rows", "replicated", "inside"]].tolist() == [2, 1, 2]
    assert counted.loc["prediction", "expected"] == pytest.approx(1.7)


@pytest.mark.parametrize(
    "name", ["H04", *(pytest.param(name, marks=pytest.mark.slow) for name in ("H14", "H15", "H20"))]
)
def test_a_stored_chance_is_what_the_simulation_gives(name):
    n_bases = int(replication.criteria().set_index("id").at[name, "n_bases"])
    simulated = replication.resampled_share(replication.HEADLINES[name], n_bases)
    assert replication.simulated_chances().at[name, "chance"] == simulated


def test_every_number_that_is_no_mean_has_a_stored_chance():
    others = [name for name, found in replication.HEADLINES.items() if found.scale == "other"]
    assert replication.simulated_chances().index.tolist() == others
