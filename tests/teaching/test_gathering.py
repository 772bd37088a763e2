"""A class's predictions, gathered: nothing is lost, and what cannot be read is named in a sentence."""

import json
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import ftsec
from ftsec.base.project import find_project
from ftsec.cli.workshop import workshop
from ftsec.figures.tools.class_predictions import MOST_BARS, bins, class_predictions
from ftsec.teaching.exercises import labs, outcomes
from ftsec.teaching.gathering import gather
from ftsec.teaching.keys import compute_outcomes
from ftsec.teaching.predictions import VARIABLE


@pytest.fixture
def seal(tmp_path, monkeypatch):
    """Seals a prediction as one person of a class does, in a file of the folder `class`."""

    def as_person(name, lab, text="", **numbers):
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(VARIABLE, str(path))
        assert "Sealed" in repr(ftsec.predict(lab, text, **numbers))
        return path

    return as_person


def run(folder, *options):
    return CliRunner().invoke(workshop, ["gather", str(folder), *options])


def test_every_number_of_the_class_is_in_the_page_and_the_figures(seal, tmp_path):
    for place, guess in enumerate((10, 40, 40, 90)):
        seal(f"{place}.jsonl", "02", "<b>why</b>" if place else "", model=guess)
    seal("deep/predictions.jsonl", "06", passed=3)
    result = run(tmp_path / "class")
    assert result.exit_code == 0, result.output
    assert "4 predictions" in result.output and "median 40" in result.output
    assert {path.name for path in (tmp_path / "class" / "gathered").iterdir()} == {
        "02-model.png", "06-passed.png", "predictions.html"}  # fmt: skip
    page = BeautifulSoup(
        (tmp_path / "class" / "gathered" / "predictions.html").read_text(encoding="utf-8"), "html.parser"
    )
    assert all(image["alt"].startswith("Histogram of") for image in page.find_all("img")) and not page.find("script")
    assert [each.get_text() for each in page.select("li")] == ["<b>why</b>"] * 3
    assert run(tmp_path / "class", "--lab", "02", "-o", str(tmp_path / "one")).exit_code == 0
    assert not list((tmp_path / "one").glob("06*"))


def test_what_cannot_be_used_is_named_and_all_the_rest_is_there(seal, tmp_path):
    good = seal("ada.jsonl", "02", model=40)
    folder = good.parent
    changed = seal("bo.jsonl", "02", model=41)
    changed.write_text(changed.read_text(encoding="utf-8").replace("41.0", "95.0"), encoding="utf-8")
    (folder / "cleo.jsonl").write_text(good.read_text(encoding="utf-8") + "no line\n[1]\n", encoding="utf-8")
    (folder / "dan.jsonl").write_bytes(b"\xff\xfe\x00")
    entry = json.loads(good.read_text(encoding="utf-8"))
    (folder / "eve.jsonl").write_text(json.dumps({**entry, "lab": "99"}) + "\n", encoding="utf-8")
    (folder / "fay.jsonl").write_text("", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.glob("*.jsonl")}
    result = run(folder)
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert "1 prediction of" in result.output and "for the projector" in result.output
    for sentence in (
        "bo.jsonl: the prediction of lab 02 was changed after it was sealed, and is left out",
        "cleo.jsonl, line 2 is no prediction", "cleo.jsonl, line 3 is no prediction",
        "cleo.jsonl: the prediction of lab 02 is the same as in ada.jsonl, and counts once",
        "fay.jsonl holds no prediction",
        "dan.jsonl cannot be read: it is no text", "eve.jsonl speaks of lab '99', which this book does not have",
    ):  # fmt: skip
        assert sentence in result.output
    page = (folder / "gathered" / "predictions.html").read_text(encoding="utf-8")
    assert "Left out: 7." in page and ".jsonl" not in page  # the class sees no name
    assert before == {path: path.read_bytes() for path in folder.glob("*.jsonl")}


def test_an_empty_folder_and_a_lab_that_nobody_predicted_are_told(seal, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "holds no file of predictions" in str(run(tmp_path / "empty").exception)
    folder = seal("ada.jsonl", "02", model=40).parent
    assert "nobody predicted anything for lab 06; there are 02" in str(run(folder, "--lab", "06").exception)


def test_the_first_prediction_of_a_file_counts(seal):
    path = seal("ada.jsonl", "02", model=40)
    path.write_text(path.read_text(encoding="utf-8") * 2, encoding="utf-8")
    assert [each.guesses for each in gather(path.parent).questions()] == [(40.0,)]


def test_every_predicted_number_has_an_outcome_within_its_bounds():
    assert {number: {each.name for each in lab.numbers} for number, lab in labs().items() if lab.numbers} == {
        number: set(values) for number, values in outcomes().items()
    }
    for number, lab in labs().items():
        for each in lab.numbers:
            values = outcomes()[number][each.name]
            assert values and all(0 <= value <= (each.most or np.inf) for value in values), (number, each.name)


@given(st.floats(1e-6, 1e9))
def test_bars_are_few_and_hold_the_largest_value(largest):
    edges = bins(largest)
    assert edges[0] <= 0 and edges[-1] >= largest * (1 - 1e-9) and 2 <= len(edges) <= MOST_BARS + 2


def test_counts_stand_on_their_numbers_and_per_cent_end_at_a_hundred():
    assert bins(7).tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
    assert bins(100).tolist() == [10.0 * edge for edge in range(11)]


def test_the_figure_says_in_words_what_it_shows():
    drawing = class_predictions((10, 40, 90), (95.0,), "safety that is left", "%", 100)
    assert drawing.alt == (
        "Histogram of 3 predictions of safety that is left: from 10 to 90, median 40 %. Came out: 95 %."
    )
    assert drawing.png().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_outcomes_are_what_the_chapters_say():
    assert dict(compute_outcomes(find_project(Path(__file__)), labs())) == outcomes()


def test_a_wrong_file_is_told_in_a_few_lines(tmp_path):
    (tmp_path / "wrong.jsonl").write_text('{"a": 1}\n' * 500, encoding="utf-8")
    problems = gather(tmp_path).problems
    assert len(problems) == 4 and problems[-1] == "wrong.jsonl: 497 further lines are no predictions"
