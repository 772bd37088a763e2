from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ftsec.article.rated import Rated
from ftsec.article.sources import DATA_SOURCES, prioritize_sources

NAMES = [
    "Common Crawl / Web Crawl",
    "Wikipedia",
    "GitHub / Code Repositories",
    "Books / Academic Papers",
    "Synthetic Data (from other models)",
]
levels = st.sampled_from(["Very hard", "Hard", "Medium", "Easy", "Unheard of"])


def without_reasons(sources):
    return [replace(s, detection_difficulty=Rated(s.detection_difficulty.level)) for s in sources]


def with_levels(names_and_levels, reason):
    source = DATA_SOURCES[0]
    return [
        replace(source, source_name=name, detection_difficulty=Rated(level, reason)) for name, level in names_and_levels
    ]


def test_sources_as_printed():
    assert [source.source_name for source in DATA_SOURCES] == NAMES
    scales = ["Petabytes", "~20GB text", "Terabytes of code", "Terabytes", "Variable"]
    assert [source.scale for source in DATA_SOURCES] == scales
    difficulties = ["Very hard", "Medium", "Hard", "Very hard", "Very hard"]
    assert [source.detection_difficulty.level for source in DATA_SOURCES] == difficulties
    assert all(source.detection_difficulty.reason for source in DATA_SOURCES)
    assert all(len(source.real_world_examples) == 2 for source in DATA_SOURCES)


def test_defect_every_source_is_standard_and_keeps_its_place():
    assert prioritize_sources(DATA_SOURCES) == [(name, "STANDARD") for name in NAMES]


def test_the_reason_is_what_spoils_the_look_up():
    # scores 4, 2, 3, 4, 4 by hand: Wikipedia falls behind GitHub, the rest keep their order
    order = [NAMES[0], NAMES[3], NAMES[4], NAMES[2], NAMES[1]]
    expected = [(name, "HIGH_PRIORITY") for name in order[:4]] + [(order[4], "STANDARD")]
    assert prioritize_sources(without_reasons(DATA_SOURCES)) == expected


def test_an_unknown_level_counts_like_medium():
    sources = with_levels([("easy", "Easy"), ("unknown", "Unheard of"), ("medium", "Medium")], reason="")
    assert [name for name, _ in prioritize_sources(sources)] == ["unknown", "medium", "easy"]


@given(st.lists(st.tuples(st.text(), levels)), st.text(min_size=1))
def test_with_any_reason_nothing_is_ever_a_priority(names_and_levels, reason):
    sources = with_levels(names_and_levels, reason)
    assert prioritize_sources(sources) == [(name, "STANDARD") for name, _ in names_and_levels]


@given(st.lists(st.tuples(st.text(), levels)))
def test_without_reasons_exactly_the_hard_ones_come_first(names_and_levels):
    result = prioritize_sources(with_levels(names_and_levels, reason=""))
    hard = sum(level in ("Very hard", "Hard") for _, level in names_and_levels)
    expected = ["HIGH_PRIORITY"] * hard + ["STANDARD"] * (len(result) - hard)
    assert [priority for _, priority in result] == expected
    assert sorted(name for name, _ in result) == sorted(name for name, _ in names_and_levels)
