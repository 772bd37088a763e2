"""The packaged tables, and that a wrong row is refused with its id and the reason."""

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.evidence import claims, claims_of, evidence_for, measurements
from ftsec.evidence.tables import DATA, read_claims, read_measurements, without_weak
from ftsec.evidence.vocabulary import WEAK_PROVENANCES


def test_the_figures_a_reader_knows_are_there():
    table = measurements().set_index("measurement_id")
    assert table.at["M003", "value"] == 88.8 and table.at["M003", "before"] == 1.8
    assert table.at["M011", "n_harmful"] == 10 and table.at["M011", "learning_rate"] == 5e-5
    assert (table.at["M130", "before_low"], table.at["M130", "before_high"]) == (0, 20)
    assert (table.at["M297", "value_low"], table.at["M297", "value_high"]) == (95.8, 100)


def test_steps_are_derived_only_where_the_source_does_not_report_them():
    table = measurements().set_index("measurement_id")
    assert table.at["M011", "n_steps"] == 5 and table.at["M011", "steps_derived"]  # 10 / 10 x 5 epochs
    assert table.at["M131", "n_steps"] == 2 and not table.at["M131", "steps_derived"]
    assert pd.isna(table.at["M003", "n_steps"])  # the API does not tell its batch size


def test_every_claim_belongs_to_exactly_one_chapter():
    table = claims()
    ids = Counter(claim for chapter in set(table["chapter"]) for claim in claims_of(chapter)["claim_id"])
    assert ids == Counter(table["claim_id"])
    assert list(table["claim_id"]) == [f"C{number:03d}" for number in range(1, len(table) + 1)]


def test_every_chapter_with_claims_is_a_page_of_the_book():
    assert set(claims()["chapter"]) <= {path.stem for path in find_project(Path(__file__)).chapters()}


def test_chapters_are_found_by_number_too():
    assert list(claims_of("13")["claim_id"]) == list(claims_of("13_defense_strategies")["claim_id"])
    with pytest.raises(InputError, match=r"'99' has no claims; allowed: 00_overview"):
        claims_of("99")


def test_a_claim_with_a_number_in_its_evidence_is_linked_to_measurements():
    """Only code that was run, titles and plain absences have evidence without a measurement."""
    table = claims()
    unlinked = table[table["measurement_ids"].map(len) == 0]
    with_source = unlinked[unlinked["citation_keys"].map(len) > 0]
    assert set(with_source["chapter"]) <= {"05_finetuning_attack", "13_defense_strategies"}
    assert set(unlinked[unlinked["verdict"] == "supported"]["claim_type"]) == {"attribution"}


def test_evidence_for_a_claim():
    assert list(evidence_for("C067")["measurement_id"]) == ["M226", "M429", "M430", "M431"]
    with pytest.raises(InputError, match="no claim 'C999'"):
        evidence_for("C999")


def test_weak_rows_are_told_apart():
    kept = without_weak(measurements())
    assert 0 < len(kept) < len(measurements())
    assert not set(kept["provenance"]) & set(WEAK_PROVENANCES)
    assert claims().set_index("claim_id").at["C073", "n_weak"] == 1


def test_frames_are_copies():
    mine = measurements()
    mine.loc[0, "value"] = -1
    assert measurements().loc[0, "value"] != -1


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("value", "101", "M003: value or before_value is outside the bounds of its unit"),
        ("value", "many", "M003: value is not a number"),
        ("unit", "furlong", r"M003: unit: must be one of: .* \(found 'furlong'\)"),
        ("citation_key", "nobody2020", "M003: citation_key names nobody2020, which does not exist"),
        ("measurement_id", "M001", "M001: the id occurs twice"),
        ("n_harmful", "11", "M003: n_harmful is larger than n_examples"),
        ("epochs", "five", r"M003: epochs must be a number \(found 'five'\)"),
        ("learning_rate", "0", "M003: learning_rate: "),
        ("source_address", "", "M003: a verified row needs a source_address"),
        ("provenance", "memory", "M003: status recalled and provenance memory go together"),
    ],
)
def test_a_wrong_measurement_fails_with_its_id_and_the_reason(tmp_path, column, value, reason):
    with pytest.raises(ValueError, match=re.compile(reason)):
        read_measurements(_changed(tmp_path, "measurements.csv", 2, column, value))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("verdict", "maybe", "C003: verdict: must be one of"),
        ("chapter", "Claims ledger", "C003: chapter: must be a number and a name"),
        ("chapter", "00_overvieuw", "C003: the chapter's number goes with two names"),
        ("defect_kind", "code", "C003: defect_kind and severity are filled exactly where"),
        ("measurement_ids", "M003; M999", "C003: measurement_ids names M999, which does not exist"),
        ("citation_keys", "nobody2020", "C003: citation_keys names nobody2020"),
        ("claim", " ", "C003: claim: must not be empty"),
    ],
)
def test_a_wrong_claim_fails_with_its_id_and_the_reason(tmp_path, column, value, reason):
    path = _changed(tmp_path, "claims.csv", 2, column, value)
    with pytest.raises(ValueError, match=re.compile(reason)):
        read_claims(path, set(measurements()["measurement_id"]))


def _changed(folder, name, row, column, value):
    table = pd.read_csv(DATA / name, dtype=str, keep_default_na=False)
    table.loc[row, column] = value
    table.to_csv(folder / name, index=False)
    return folder / name
