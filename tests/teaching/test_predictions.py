import hashlib
import json

import pytest

import ftsec
from ftsec.base.errors import InputError
from ftsec.teaching.predictions import VARIABLE, sealed
from ftsec.teaching.sealed import Prediction


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "predictions.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_a_prediction_is_stored_with_time_and_digest_and_shown_beside_the_outcome(file):
    said = repr(ftsec.predict("02", " half of it "))
    entry = json.loads(file.read_text(encoding="utf-8"))
    assert entry["text"] == "half of it" and entry["time"] and entry["digest"][:12] in said
    shown = repr(ftsec.reveal("02", "95 % left"))
    assert shown.index("half of it") < shown.index("95 % left") and entry["digest"][:12] in shown
    assert said.endswith(f"To hand in: {file}")


def test_the_first_prediction_stands(file):
    ftsec.predict("02", "half")
    assert "The first one stands" in repr(ftsec.predict("02", "all of it"))
    assert "The first one stands" not in repr(ftsec.predict("02", ""))
    assert sealed("02").text == "half" and len(file.read_text(encoding="utf-8").splitlines()) == 1
    ftsec.predict("06", "two")
    assert sealed("06").text == "two" and sealed("02").text == "half"


def test_empty_words_are_not_sealed(file):
    assert "between the quotes" in repr(ftsec.predict("01", "  "))
    assert "in place of None" in repr(ftsec.predict("02", "  "))
    assert not file.exists() and "nothing was sealed" in repr(ftsec.reveal("02", "x"))


def test_a_changed_prediction_is_told(file):
    ftsec.predict("02", "half")
    assert "changed" not in repr(ftsec.reveal("02", "x"))
    file.write_text(file.read_text(encoding="utf-8").replace("half", "most"), encoding="utf-8")
    assert "most" in repr(ftsec.reveal("02", "x")) and "changed since" in repr(ftsec.reveal("02", "x"))


def test_words_of_learners_are_escaped_in_jupyterlab():
    ftsec.predict("02", "<script>x</script>")
    assert "<script>" not in ftsec.reveal("02", "<b>")._repr_html_()


def test_an_unknown_lab_and_a_folder_without_write_access_are_named(tmp_path, monkeypatch):
    for ask in (ftsec.predict, ftsec.reveal):
        with pytest.raises(InputError, match="there is no lab '99'"):
            ask("99", "words")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing" / "file"))
    with pytest.raises(InputError, match="on paper"):
        ftsec.predict("02", "words")


def test_numbers_are_sealed_with_their_units_and_shown_beside_the_outcome(file):
    said = repr(ftsec.predict("02", "a guess", model="40 %", measured=12))
    assert "model 40 %, measured 12 %. a guess." in said
    assert json.loads(file.read_text(encoding="utf-8"))["numbers"] == {"model": 40.0, "measured": 12.0}
    shown = repr(ftsec.reveal("02", "words", model=95.0, measured=[50.0, 12.0]))
    assert "you 40 %, came out 95 %" in shown and "you 12 %, came out 50 % and 12 %" in shown
    assert "changed" not in shown and "::" not in shown and sealed("02").whole


def test_one_number_without_words_is_enough_and_a_changed_number_is_told(file):
    ftsec.predict("02", model=40)
    assert "you nothing, came out 7 %" in repr(ftsec.reveal("02", "words", measured=7))
    assert "The first one stands" in repr(ftsec.predict("02", model=41))
    assert "The first one stands" not in repr(ftsec.predict("02", model=40))
    file.write_text(file.read_text(encoding="utf-8").replace("40.0", "95.0"), encoding="utf-8")
    assert "changed since" in repr(ftsec.reveal("02", "x"))


@pytest.mark.parametrize(
    ("numbers", "told"),
    [({"model": 101}, "%, 0 to 100"), ({"model": -1}, "0 to 100"), ({"model": "half"}, "a number is wanted"),
     ({"model": True}, "a number is wanted"), ({"model": float("nan")}, "a number is wanted"),
     ({"modell": 4}, "the numbers are model, measured"), ({}, "in place of None")],
)  # fmt: skip
def test_a_number_that_cannot_be_used_is_told_and_nothing_is_sealed(numbers, told, file):
    assert told in repr(ftsec.predict("02", **numbers)) and not file.exists()


def test_predictions_of_the_first_edition_are_whole_still():
    line = '{"lab": "02", "time": "2026-01-01T10:00:00+00:00", "text": "half", "digest": "%s"}'
    digest = hashlib.sha256(b"02\n2026-01-01T10:00:00+00:00\nhalf").hexdigest()
    assert Prediction(**json.loads(line % digest)).whole


def test_a_damaged_line_does_not_hide_the_others(file):
    file.write_text("not a line\n", encoding="utf-8")
    ftsec.predict("02", "half")
    assert sealed("02").text == "half"
