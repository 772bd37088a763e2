"""A sentence that says that something does not exist in print rests on recorded searches, or names its limit."""

import json
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from ftsec.base.project import find_project
from ftsec.evidence import claims
from ftsec.evidence.searches import as_markdown, read_searches, searches
from ftsec.evidence.tables import DATA
from tests.evidence.absence import absence_sentences, recorded_claims, recorded_sentences, without_record

ROOT = find_project(Path(__file__)).root
TEACHING = ("data/quizzes", "data/exercises", "slides/choice")
_SAID_BEFORE = re.compile(r"^(\| [^|]+ \|) [^|]+(?=\| [^|]+ \| [^|]* \|$)", re.MULTILINE)  # what the page takes back
WORDINGS = (
    "No study has measured {}.",
    "Nobody has ever measured {}.",
    "So far, {} is unpublished.",
    "The only paper on {} is from 2023.",
    "This is the first study of {}.",
    "We found {} nowhere measured.",
    "We found no number for {}.",
    "The effect of {} was not measured by anyone.",
    "We know of no work on {}.",
    "No published run varies {}.",
)
SUBJECTS = ("the share of poison", "adapters of rank one", "a second attack", "the cost of repair")


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def _texts():
    """Every text that a reader meets: pages, chapters, quizzes, exercises, slides."""
    for path in sorted((ROOT / "book").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        yield path.name, _SAID_BEFORE.sub(r"\1", text) if path.name == "errata.md" else text
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield f"{path.stem}, {cell['id']}", "".join(cell["source"])
    for name in TEACHING:
        table = tomllib.loads((ROOT / "ftsec" / "teaching" / f"{name}.toml").read_text(encoding="utf-8"))
        yield from ((name, text) for text in _strings(table))


TEXTS = list(_texts())


def test_no_sentence_of_the_book_claims_an_absence_without_a_record():
    bare = [f"{where}: {sentence}" for where, text in TEXTS for sentence in without_record(text)]
    assert not bare, "\n".join(bare)


def test_no_note_of_the_ledger_claims_an_absence_without_a_record():
    rows = claims()[~claims()["claim_id"].isin(recorded_claims())]
    bare = [
        (row.claim_id, one)
        for row in rows.itertuples()
        for one in without_record(f"{row.published_evidence}\n\n{row.note}")
    ]
    assert not bare, bare


def test_every_verdict_not_found_rests_on_a_record():
    table = claims()
    assert set(table[table["verdict"] == "not found"]["claim_id"]) <= recorded_claims()
    assert recorded_claims() <= set(table["claim_id"])


def test_the_errata_page_shows_the_records_as_they_are():
    assert as_markdown() in (ROOT / "book" / "errata.md").read_text(encoding="utf-8")


def test_every_recorded_sentence_still_stands_in_the_book():
    whole = " ".join(" ".join(text.replace("*", "").split()) for _, text in TEXTS)
    assert [sentence for sentence in recorded_sentences() if sentence not in whole] == []


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_planted_sentence_is_found(wording, subject):
    planted = wording.format(subject)
    page = f"# A page\n\nTen examples were enough. {planted} It is *late*.\n\n- Another line."
    assert without_record(page) == [planted]
    assert without_record(page.replace(planted, planted[:-1] + " in our table.")) == []


@pytest.mark.parametrize(
    "harmless",
    [
        "No harmful run of the testbed passes.",
        "In one study the rate fell.",
        "The first article says so.",
        "An unmeasured run is stopped.",
        "Nobody needs a network.",
        "It was measured on one model only.",
    ],
)
def test_a_sentence_about_something_else_is_left_alone(harmless):
    assert absence_sentences(harmless) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda table: table.drop(index=table.index[2:5]), "S01: fewer than 3 different searches"),
        (lambda table: table.assign(terms=["same"] * 5, where=["docs"] * 5), "S01: fewer than 3 different searches"),
        (lambda table: table.assign(sentences="", claims=""), "S01: names neither a sentence nor a claim"),
        (lambda table: table.assign(works_looked_at=""), "S01: a field is empty"),
    ],
)
def test_a_thin_record_is_refused(tmp_path, change, reason):
    table: pd.DataFrame = searches().query("search_id == 'S01'").reset_index(drop=True)
    change(table).to_csv(tmp_path / "searches.csv", index=False)
    with pytest.raises(ValueError, match=reason):
        read_searches(tmp_path / "searches.csv")
    assert len(read_searches(DATA / "searches.csv")) == len(searches())
