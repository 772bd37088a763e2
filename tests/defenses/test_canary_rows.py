"""Scores that vanish make no canary look better, and a limit is told apart from what can be measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ftsec.cli import cli
from ftsec.defenses.canaries import make_canaries, to_json
from ftsec.defenses.canary_scores import judge_scores
from ftsec.defenses.findings import UNKNOWN, of_canaries

PLANTED = make_canaries(2, 0)
PER_CANARY = 32


def rows() -> list[dict]:
    return [
        {"canary": canary.name, "inserted": rank == 12, "log_likelihood": -20.0 - rank}
        for canary in PLANTED
        for rank in range(PER_CANARY)
    ]


def scored(folder: Path, kept: list[dict], *more: str) -> Result:
    (folder / "scored.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    (folder / "planted.json").write_text(to_json(PLANTED))
    with_place = [word.replace("FOLDER", str(folder)) for word in more]
    return CliRunner().invoke(cli, ["canaries", "score", str(folder / "scored.jsonl"), *with_place])


@pytest.mark.parametrize("words", [("--rows", "64"), ("--canaries", "FOLDER/planted.json")])
def test_scores_that_vanish_are_not_known_where_it_was_said_what_must_be_there(tmp_path, words):
    assert scored(tmp_path, rows(), "--at-most", "3", *words).exit_code == 0
    less = scored(tmp_path, rows()[:PER_CANARY], "--at-most", "3", *words)
    assert less.exit_code == 3 and "cannot say" in less.output and "none exposed" not in less.output


def test_candidates_that_vanish_are_seen_by_the_number_of_rows(tmp_path):
    less = [row for index, row in enumerate(rows()) if index % PER_CANARY < 20]
    words = ("--at-most", "2", "--canaries", "FOLDER/planted.json")
    assert "missing candidates cannot be seen here" in scored(tmp_path, less, *words).output
    assert scored(tmp_path, less, *words, "--rows", "64").exit_code == 3


def test_without_a_word_on_the_rows_the_answer_says_what_it_cannot_see(tmp_path):
    assert "missing rows cannot be seen here" in scored(tmp_path, rows(), "--at-most", "3").output
    assert "cannot be seen" not in scored(tmp_path, rows(), "--at-most", "3", "--rows", "64").output


def test_the_limit_and_what_can_be_measured_have_columns_of_their_own(tmp_path):
    head, first, *_ = scored(tmp_path, rows(), "--at-most", "3").output.splitlines()
    assert head.split() == ["canary", "exposure", "allowed", "measurable", "p-value"]
    assert first.split()[2:4] == ["3", "5.00"]


def test_a_limit_above_what_can_be_measured_says_why_it_decides_nothing(tmp_path):
    ended = scored(tmp_path, rows(), "--at-most", "6")
    assert ended.exit_code == 3 and "nothing could exceed this limit" in ended.output
    found = of_canaries(judge_scores(rows(), 6.0), tmp_path)[0]
    assert found.verdict == UNKNOWN and "allowed 6, at most 5.00 measurable" in found.what
    assert "nothing could exceed this limit" in found.what
