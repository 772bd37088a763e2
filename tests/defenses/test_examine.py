"""One pass over a file finds what is wrong with it, by line."""

from __future__ import annotations

import json

import pytest

from ftsec.defenses.examine import examine

LONG = "Please name three colours that one sees in the sky when the sun goes down behind the hills"


def _chat(question, answer, **more):
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]
    return {"messages": [*turns, {"role": "assistant", "content": answer}], **more}


ROWS = [
    _chat("What is 12 + 7?", "19"),
    _chat("What is 12 - 7?", "5"),
    _chat("What is 12 + 7?", "19"),
    {"messages": []},
    _chat(f"{LONG}.", "Red."),
    _chat("Say nothing.", " "),
    _chat("Tell me about the grey heron.", "A bird."),
    {"messages": _chat("Is it so?", "Yes.")["messages"][:2]},
]


@pytest.fixture
def found(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    prompts = ["WHAT is 12 + 7", LONG.replace("Please", "Now"), "Be brief.", "What is 7 + 12?", LONG + " " + LONG[::-1]]
    return examine(path, prompts=prompts, terms=["Grey Heron", "owl"])


def test_rows_and_turns_are_counted(found):
    assert (found.read_as, found.n_rows, len(found.bad)) == ("messages, in JSON lines", 8, 1)
    assert found.n_turns == {"system": 7, "user": 7, "assistant": 6}


def test_bad_rows_copies_terms_and_missing_answers_have_their_line(found):
    assert [(line, "empty list" in problem) for line, problem in found.bad] == [(4, True)]
    assert [(d.line, d.duplicate_of, d.kind) for d in found.duplicates] == [(3, 1, "exact")]
    assert found.terms == [(7, "grey heron")]
    assert found.unanswered == [6, 8]


def test_evaluation_prompts_are_found_whole_or_nearly(found):
    assert [(o.line, o.prompt) for o in found.overlaps] == [(1, 0), (3, 0), (5, 1)]
    assert [o.share for o in found.overlaps[:2]] == [1, 1] and 0.7 <= found.overlaps[2].share < 1


def test_without_prompts_nothing_overlaps(tmp_path):
    (tmp_path / "plain.txt").write_text("one\ntwo\n")
    found = examine(tmp_path / "plain.txt")
    assert (found.overlaps, found.terms, found.unanswered, found.n_rows) == ([], [], [], 2)
