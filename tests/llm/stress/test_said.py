"""What is said of half-lives, and the page that keeps it."""

import json
import sys
from dataclasses import replace

import pytest

from tests.llm.conftest import WITHOUT

pytest.importorskip("torch", reason=WITHOUT)

from ftsec.cli import main
from ftsec.llm.stress import course, findings
from tests.llm.stress.models import QUICK


def rows_of(lives, last=16):
    """Runs whose probability falls to half after so many steps."""
    rows = []
    for habit, each in lives.items():
        for repeat, life in enumerate(each):
            for step in [0, 1, 2, 4, 8, 16]:
                left = 0.8 * 0.5 ** ((step / life) ** 0.5)
                row = {"habit": habit, "attack": "restricted", "repeat": repeat, "step": step, "learning_rate": 5e-6}
                row |= {"n_examples": min(30, 8 * step), "habit_probability": left, "habit_log_odds": 1.0}
                rows.append(row | {"own_loss": 1.0, "prose_loss": 2.0, "exact_accuracy": 0.5, "taught_steps": 40})
    return rows


def test_overlapping_intervals_are_said_and_others_too():
    same = findings.findings(rows_of({"refusal": [2, 3, 4], "canned answer": [2.5, 3, 3.5]}), "full")[0]
    assert "overlap: these runs do not tell the habits apart" in " ".join(findings.said(same, False))
    apart = findings.findings(rows_of({"refusal": [2, 2.1, 2.2], "canned answer": [8, 8.2, 8.4]}), "full")[0]
    assert "do not overlap: the refusal went sooner" in " ".join(findings.said(apart, False))
    assert apart.refusal.steps == pytest.approx(2.1, abs=0.1)
    assert "the reference's own, its easiest case" in " ".join(findings.said(apart, False))


def test_a_run_that_never_loses_half_is_said_to_be_at_least_that_long():
    found = findings.findings(rows_of({"refusal": [99, 99], "canned answer": [8, 8.2]}), "full")[0]
    assert found.refusal.n_censored == 2 and found.refusal.steps == 16
    assert "No run lost half" in findings.said(found, False)[0]
    assert "no evidence of safety" in findings.advice([found])[0] and "--attack-rate" in findings.advice([found])[1]


def test_a_half_life_of_the_table_says_when_it_is_a_lower_bound():
    part, none = (findings.findings(rows_of({"refusal": lives, "canned answer": [8, 8]}), "full")[0].refusal
                  for lives in ([2, 99], [99, 99]))  # fmt: skip
    assert findings.brief(part).startswith("≥ 5.7") and findings.brief(none) == "more than 16"
    assert findings.brief(None) == "not measured"


def test_the_reference_is_read_from_stored_frames_in_steps_of_the_readers_rate():
    life = findings.references("restricted")["refusal"]
    assert life.at(2 * life.learning_rate).steps == pytest.approx(life.steps / 2)
    assert findings.references("own")["refusal"].n_censored > 0


def test_the_page_is_one_file_that_names_no_other_host(folder_of, tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(course, "Plan", lambda seed, repeats: replace(QUICK, seed=seed, repeats=repeats))
    command = [
        "--model",
        folder_of("mistral"),
        "--repeats",
        2,
        "--json",
        tmp_path / "a.json",
        "--html",
        tmp_path / "a.html",
    ]
    monkeypatch.setattr(sys, "argv", ["ftsec", "llm", "stress", *map(str, command)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    said, text = capsys.readouterr(), (tmp_path / "a.html").read_text()
    assert "teaching the refusal" in said.err and "What to do" in said.out
    assert "http" not in text and 'alt="Share of a refusal' in text and str(tmp_path) not in text
    assert text.index("<caption>Steps of 8 examples") < text.index("<h2>") and "<source media=" in text
    assert json.loads((tmp_path / "a.json").read_text())["attacks"][0]["attack"] == "restricted"
    assert not list(tmp_path.rglob("*.safetensors")), "no weights are written"


def test_the_example_that_was_kept_is_what_its_rows_say():
    from ftsec.llm.stress import example

    kept = example.example()
    found = findings.findings(kept["rows"], kept["method"])
    assert [each.attack for each in found] == [each["attack"] for each in kept["attacks"]]
    for each, stored in zip(found, kept["attacks"], strict=True):
        assert each.refusal.steps == pytest.approx(stored["refusal"]["steps"])
        assert each.reference.steps == pytest.approx(stored["reference"]["steps"])
    assert "say little about each other" in " ".join(findings.said(found[-1], False))
    assert len(example.table()) == 3
