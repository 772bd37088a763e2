"""Everything that the articles say stands in the book: in a table or a sentence of the page of its own section."""

from fnmatch import fnmatch

import pytest

from ftsec.article.further import COMPARISON_REFERENCES
from tests.chapters.shown import Entry, Said, entries, names, said_on, shows

# constant of `ftsec.article` -> the page of its section; a module's name stands for all its other constants
PAGES = {
    "alignment_tax": "10",
    "degradation": "05",
    "further": "13",
    "further.COMPARISON_REFERENCES": "07",
    "gates": "06",
    "methods": "11",
    "phases": "01",
    "pipeline": "09",
    "pipeline.PIPELINE_STAGES": "08",
    "recommendations": "07",
    "recommendations.PRE_TRAINING_DEFENSES": "04",
    "service": "12",
    "service.DEFENSE_STRATEGIES": "13",
    "sources": "03",
    "trajectory": "02",
}
# names for machines: fields of a record, and names that this project gave to findings that have none in print
MACHINE_KEYS = ("phases.COMPARED_CATEGORIES.*", "degradation.ATTRIBUTED_FINDINGS.*.name")
ALL = list(entries())
NAMED_BY_KEY = tuple(key.rsplit(".", 2)[0] for key in MACHINE_KEYS if key.endswith(".name"))


def page_of(entry: Entry) -> str:
    return PAGES.get(f"{entry.module}.{entry.path[0]}") or PAGES[entry.module]


def is_machine_key(entry: Entry) -> bool:
    return any(fnmatch(".".join((entry.module, *entry.path)), key) for key in MACHINE_KEYS)


def is_shown(entry: Entry, page: tuple[Said, ...]) -> bool:
    """Whether a cell of a table or a sentence shows the value and says whose it is."""
    nameless = not entry.label or f"{entry.module}.{entry.path[0]}" in NAMED_BY_KEY
    return any(shows(said, entry.value) and (nameless or names(said, entry.label)) for said in page)


@pytest.mark.parametrize("chapter", sorted(set(PAGES.values())))
def test_a_page_shows_all_that_its_section_says(chapter: str):
    wanted = [entry for entry in ALL if page_of(entry) == chapter and not is_machine_key(entry)]
    assert wanted
    assert [str(entry) for entry in wanted if not is_shown(entry, said_on(chapter))] == []


def test_the_walk_reaches_every_kind_of_entry():
    values = {str(entry).partition(" =")[0]: entry.value for entry in ALL}
    assert values["phases.PHASE_PROFILES.4.typical_defenses.3"] == "Parameter-efficient methods (LoRA)"
    assert values["sources.DATA_SOURCES.1.detection_difficulty.reason"] == "every edit is recorded in a fixed form"
    assert values["gates.SAFE_RUN.memorization_test"] == 0.02
    assert values["phases.PHASE_PROFILES.1.phase"] == "supervised_fine_tuning"
    assert len(ALL) > 450


def test_what_is_missing_from_a_page_is_noticed():
    entry = next(each for each in ALL if each.value == "weeks to months")
    row = Said("weeks to months", "pre-training | duration | as printed")
    assert is_shown(entry, (row,))
    assert not is_shown(entry, (Said("weeks to months", "DPO | duration | as printed"),)), "another phase's row"
    assert not is_shown(entry, (Said("hours", row.heads),))
    short = next(each for each in ALL if each.value == "low" and each.path[:2] == ("PHASE_PROFILES", "0"))
    assert not is_shown(short, (Said("very low", "pre-training | safety | as printed"),)), "a part of a level"
    number = next(each for each in ALL if each.value == 0.7 and each.path[0] == "SAFE_RUN")
    assert is_shown(number, (Said("0.700", "data diversity check | safe run | as measured"),))
    assert not is_shown(number, (Said("0.75", "data diversity check | safe run | as measured"),))


def test_titles_of_references_stand_beside_their_years():
    page = said_on("07")
    assert all(any(shows(said, one.year) and names(said, one.title) for said in page) for one in COMPARISON_REFERENCES)


@pytest.mark.parametrize("key", MACHINE_KEYS)
def test_the_list_of_machine_keys_names_nothing_that_is_gone(key: str):
    assert any(fnmatch(".".join((entry.module, *entry.path)), key) for entry in ALL)
