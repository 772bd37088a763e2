"""Three blind readers: the majority, Fleiss' kappa and the range of contradicted claims."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ftsec.base.project import find_project
from ftsec.evidence import claims
from ftsec.evidence.readings import (
    contradicted_range,
    fleiss,
    fleiss_kappa,
    majority,
    read_readings,
    readings,
    rejudged,
)

SAID = pd.DataFrame(
    {
        "claim_id": ["C001", "C002", "C003", "C004"],
        "a": ["supported", "contradicted", "contradicted", "supported"],
        "b": ["supported", "contradicted", "partly", "not found"],
        "c": ["supported", "contradicted", "not found", "not found"],
        "found": ["", "partly", "", ""],
    }
)


def test_the_majority_decides_and_three_verdicts_make_partly():
    assert majority(SAID).to_dict() == {
        "C001": "supported",
        "C002": "contradicted",
        "C003": "partly",
        "C004": "not found",
    }


def test_the_count_of_contradicted_claims_is_a_range():
    assert contradicted_range(SAID) == (1, 2)
    assert contradicted_range(SAID, ["C001", "C003"]) == (0, 1)


def test_fleiss_kappa_of_the_worked_example():
    """Fleiss (1971) as worked in textbooks: ten subjects, fourteen raters, five categories give 0.210."""
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    assert fleiss_kappa(np.array(counts)) == pytest.approx(0.210, abs=5e-4)


def test_agreement_has_an_interval_and_is_one_where_all_agree():
    many = pd.concat([SAID] * 5, ignore_index=True)
    found = fleiss(many)
    assert found.n == 20 and found.unanimous == 10 and found.low <= found.kappa <= found.high
    assert fleiss(many.assign(b=many["a"], c=many["a"])).kappa == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda frame: frame.assign(b="maybe"), "C001: b is no verdict"),
        (lambda frame: pd.concat([frame, frame]), "a claim occurs twice"),
    ],
)
def test_a_wrong_answer_is_refused(tmp_path, change, reason):
    change(SAID).to_csv(tmp_path / "readings.csv", index=False)
    with pytest.raises(ValueError, match=reason):
        read_readings(tmp_path / "readings.csv")


def test_the_majority_of_the_readers_or_the_later_verdict_stands_in_the_ledger():
    ledger = claims().set_index("claim_id")["verdict"]
    said = majority()
    said.update(rejudged().set_index("claim_id")["verdict"])
    assert set(said.index) == set(ledger.index)
    assert {one: (ledger[one], said[one]) for one in ledger.index if ledger[one] != said[one]} == {}


def test_thirty_claims_were_read_with_finding_the_evidence():
    assert (readings()["found"] != "").sum() == 30


def test_a_claim_is_judged_again_only_on_rows_that_the_readers_had_not_seen():
    """A later row of a claim is named by no reader's reason, bears on the claim, and changes what the majority said."""
    table, ledger, again = readings().set_index("claim_id"), claims().set_index("claim_id"), rejudged()
    for row in again.itertuples():
        reasons = " ".join(table.loc[row.claim_id, ["reason_a", "reason_b", "reason_c"]])
        assert set(row.measurement_ids) <= set(ledger.loc[row.claim_id, "measurement_ids"])
        assert not any(one in reasons for one in row.measurement_ids)
        assert row.verdict != majority()[row.claim_id] and row.reason


def test_the_errata_page_gives_the_verdicts_of_the_ledger():
    page = (find_project(Path(__file__)).root / "book" / "errata.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| \[(C\d{3})\][^|]*\|[^|]*\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE)
    ledger = claims().set_index("claim_id")["verdict"]
    assert len(lines) > 25
    assert [(one, now, ledger[one]) for one, _, now in lines if now != ledger[one]] == []
    assert [one for one, before, now in lines if before == now] == []  # listed are the verdicts that changed
