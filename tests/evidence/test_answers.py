"""The answers under the chapters' titles: plain sentences that hold no number of their own."""

import re

import pytest

from ftsec.base.errors import InputError
from ftsec.evidence import answer_of, claims
from ftsec.evidence.answers import NAME, answers
from ftsec.llm import tables

GIVEN = {
    "14": {"lowest": 22, "highest": 26},
    "16": {"predictions": 10, "hits": 7},
    "18": tables.in_short(),
    "19": {"defences": 46, "undone": 13, "weakened": 10, "unattacked": 23, "own": 30, "most": 20},
}
CHAPTERS = list(answers())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_number_of_a_sentence_is_typed(chapter: str):
    entry = answers()[chapter]
    without = NAME.sub("", entry["verdict"] + entry["advice"])
    assert not re.search(r"\d", without)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_answer_is_two_sentences_at_most_and_the_advice_one(chapter: str):
    found = answer_of(chapter, **GIVEN.get(chapter, {}))
    assert len(re.findall(r"[.!?](?:\s|$)", found.verdict)) <= 2
    assert len(re.findall(r"[.!?](?:\s|$)", found.advice)) == 1
    assert len(found.verdict.split()) <= 60 and "{" not in found.verdict + found.advice


def test_numbers_come_from_the_tables():
    verdict = answer_of("00").verdict
    assert "100 of them" in verdict and "80.0 and 91.8 %" in verdict


def test_claims_are_counted_where_they_are_judged():
    assert sum(answer_of("14", **GIVEN["14"]).counts.values()) == len(claims())
    of_02 = claims().query("chapter.str.startswith('02')")["verdict"]
    assert answer_of("02").counts["contradicted"] == (of_02 == "contradicted").sum() > 0
    assert set(answers()["15"]["claims"]) <= set(claims()["claim_id"])
    assert answer_of("17").counts == {}


def test_what_nobody_gives_is_refused():
    with pytest.raises(InputError, match=r"chapter 16 names \{predictions\}"):
        answer_of("16")
    with pytest.raises(InputError, match="no answer for chapter"):
        answer_of("99")
