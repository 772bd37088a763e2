"""The second coding: the draw, the agreement and its resolution."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.base.vocabulary import VERDICTS
from ftsec.evidence.coding import N_CODED, agreement, coding_sheet, cohen_kappa, second_coding

codings = st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)), min_size=2, max_size=40)


def test_the_sheet_draws_the_claims_that_were_coded_and_shows_no_verdict():
    sheet = coding_sheet()
    assert list(sheet["claim_id"].unique()) == list(second_coding()["claim_id"])
    assert sheet["claim_id"].nunique() == N_CODED
    assert not {"verdict", "published_evidence", "note"} & set(sheet)


def test_another_seed_draws_others():
    assert set(coding_sheet(seed=1)["claim_id"]) != set(coding_sheet()["claim_id"])
    with pytest.raises(InputError, match="n_claims must be between 1 and"):
        coding_sheet(0)


def test_a_disagreement_has_a_resolution():
    table = second_coding()
    assert table[table["first"] != table["second"]]["resolution"].ne("").all()


def test_kappa_of_a_worked_example():
    """Cohen (1960): 0.6 observed and 0.5 expected agreement give 0.2."""
    first = ["supported"] * 5 + ["partly"] * 5
    second = ["supported"] * 3 + ["partly"] * 2 + ["supported"] * 2 + ["partly"] * 3
    assert cohen_kappa(first, second) == pytest.approx(0.2)


@settings(max_examples=30, deadline=None)
@given(codings)
def test_kappa_is_symmetric_and_at_most_one(pairs):
    first, second = zip(*pairs, strict=True)
    kappa = cohen_kappa(first, second)
    assert kappa == pytest.approx(cohen_kappa(second, first))
    assert kappa <= 1 and cohen_kappa(first, first) == 1


def test_agreement_counts_and_brackets():
    found = agreement()
    assert found.n == N_CODED and found.low <= found.kappa <= found.high <= 1
    same = pd.DataFrame({"first": np.repeat(VERDICTS, 3), "second": np.repeat(VERDICTS, 3)})
    assert agreement(same).kappa == 1
