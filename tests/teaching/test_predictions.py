import json

import pytest

import ftsec
from ftsec.base.errors import InputError
from ftsec.teaching.predictions import VARIABLE, sealed


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


def test_the_first_prediction_stands(file):
    ftsec.predict("02", "half")
    assert "The first one stands" in repr(ftsec.predict("02", "all of it"))
    assert "The first one stands" not in repr(ftsec.predict("02", ""))
    assert sealed("02").text == "half" and len(file.read_text(encoding="utf-8").splitlines()) == 1
    ftsec.predict("06", "two")
    assert sealed("06").text == "two" and sealed("02").text == "half"


def test_empty_words_are_not_sealed(file):
    assert "between the quotes" in repr(ftsec.predict("02", "  "))
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
