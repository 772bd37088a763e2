import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.defenses.source_priority import DIFFICULTIES, HIGH, STANDARD, prioritize_by_difficulty

sources = st.lists(st.tuples(st.text(), st.sampled_from(DIFFICULTIES)))


def test_five_sources_by_hand():
    levels = [("web", "Very hard"), ("wiki", "Medium"), ("code", "Hard"), ("books", "Very hard"), ("own", "Easy")]
    assert prioritize_by_difficulty(levels) == [
        ("web", HIGH),
        ("books", HIGH),
        ("code", HIGH),
        ("wiki", STANDARD),
        ("own", STANDARD),
    ]


def test_the_threshold_is_included():
    levels = [("code", "Hard"), ("web", "Very hard")]
    assert prioritize_by_difficulty(levels, high_from="Very hard") == [("web", HIGH), ("code", STANDARD)]


@pytest.mark.parametrize("level", ["Very hard (vast)", "hard", "", "Unknown"])
def test_refuses_a_level_that_is_not_on_the_scale(level):
    with pytest.raises(InputError, match="allowed are Easy, Medium, Hard, Very hard"):
        prioritize_by_difficulty([("web", level)])
    with pytest.raises(InputError, match="high_from"):
        prioritize_by_difficulty([], high_from=level)


@given(sources, st.sampled_from(DIFFICULTIES))
def test_keeps_every_source_and_never_ranks_an_easier_one_first(levels, high_from):
    numbered = [(f"{place} {name}", level) for place, (name, level) in enumerate(levels)]
    result = prioritize_by_difficulty(numbered, high_from)
    scores = [DIFFICULTIES.index(dict(numbered)[name]) for name, _ in result]
    assert sorted(name for name, _ in result) == sorted(name for name, _ in numbered)
    assert scores == sorted(scores, reverse=True)
    assert [p == HIGH for _, p in result] == [score >= DIFFICULTIES.index(high_from) for score in scores]
