"""What a contributor is told about proposed rows before sending them."""

import csv
import io

import pytest
from click.testing import CliRunner

from ftsec.base.errors import InputError
from ftsec.cli.evidence import evidence
from ftsec.evidence.proposals import check_file, template

NEW_WORK = "@misc{new2026work,\n  title = {A new work},\n  author = {New, Nora},\n  year = {2026}\n}\n"


def proposed(tmp_path, **cells):
    (row,) = csv.DictReader(io.StringIO(template()))
    row |= {
        "citation_key": "new2026work",
        "year": "2026",
        "value": "12.5",
        "unit": "%",
        "metric": "something else",
    } | cells
    path = tmp_path / "mine.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    bibliography = tmp_path / "new.bib"
    bibliography.write_text(NEW_WORK)
    return path, bibliography


def test_a_good_row_passes(tmp_path):
    found = check_file(*proposed(tmp_path))
    assert (found.problems, found.changes, found.n_new, found.n_corrections) == ([], [], 1, 0)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"value": "101"}, "line 2 (new): value or before_value is outside the bounds of its unit"),
        ({"unit": "furlong"}, "line 2 (new): unit: must be one of"),
        ({"citation_key": "nobody2020"}, "line 2 (new): citation_key 'nobody2020' is in no bibliography"),
        ({"table_or_figure": ""}, "line 2 (new): table_or_figure must say where"),
        ({"source_title": ""}, "line 2 (new): source_title must say which text was read"),
        ({"source_address": ""}, "line 2 (new): a verified row needs a source_address"),
        ({"citation_key": "qi2024finetuning"}, "line 2 (new): year is 2026, the bibliography has 2024"),
        ({"epochs": "five"}, "line 2 (new): epochs must be a number"),
        ({"provenance": "hearsay"}, "line 2 (new): provenance: must be one of"),
    ],
)
def test_what_is_wrong_is_told_with_the_line(tmp_path, cells, told):
    problems = check_file(*proposed(tmp_path, **cells)).problems
    assert len(problems) == 1 and problems[0].startswith(told)


def test_a_number_that_is_there_already_is_told(tmp_path):
    path = tmp_path / "again.csv"
    path.write_text(template())
    (problem,) = check_file(path).problems
    assert "the same number stands in the table as M" in problem


def test_a_correction_shows_each_cell_that_changes(tmp_path):
    path = tmp_path / "corrected.csv"
    path.write_text("measurement_id,note\nM003,seen again\n")
    found = check_file(path)
    assert found.n_corrections == 1 and any(one.startswith("M003, note: ") for one in found.changes)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("measurement_id,colour\nnew,red\n", "the table has no column colour"),
        ("measurement_id,value\n", "holds no row"),
        ("", "is empty"),
        ('a,b\n"1,2\n3', "cannot be read as CSV|no column"),
    ],
)
def test_a_file_of_another_kind_gets_one_sentence(tmp_path, content, reason):
    path = tmp_path / "other.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=reason):
        check_file(path)


def test_the_command_ends_with_one_where_something_is_wrong(tmp_path):
    path, bibliography = proposed(tmp_path, value="101")
    ran = CliRunner().invoke(evidence, ["check", str(path), "--bib", str(bibliography)])
    assert ran.exit_code == 1 and "1 new rows, 0 corrections, 1 problems" in ran.output
    path, bibliography = proposed(tmp_path)
    assert CliRunner().invoke(evidence, ["check", str(path), "--bib", str(bibliography)]).exit_code == 0
    assert CliRunner().invoke(evidence, ["check", str(path)]).exit_code == 1  # the work is in no bibliography


def test_an_empty_file_or_bibliography_gets_a_sentence_of_its_own(tmp_path):
    path, _ = proposed(tmp_path)
    empty = tmp_path / "empty"
    empty.write_text("")
    with pytest.raises(InputError, match=r"empty is empty; `ftsec evidence template`"):
        check_file(empty)
    with pytest.raises(InputError, match="holds no BibTeX entry"):
        check_file(path, empty)


def test_what_is_no_csv_is_told_without_the_words_of_a_library(tmp_path):
    for content in (b"a,b\n1,2,3\n4,5,6,7\n", b"\xff\xfe\x00"):
        path = tmp_path / "odd.csv"
        path.write_bytes(content)
        with pytest.raises(InputError) as told:
            check_file(path)
        assert "Error tokenizing" not in str(told.value) and "codec" not in str(told.value)
