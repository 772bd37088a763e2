"""Absence has a record: what was searched for, where and with which words, before the book says that it is not there.

A sentence of the kind *no study*, *nobody measured*, *the only series* or *unpublished* is true of the searches behind
it and no further. It either names our table as its limit or stands in `searches.csv`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pandas as pd

from ftsec.evidence.tables import DATA

LEAST_SEARCHES = 3
LIMITS = (
    "in our table",
    "of our table",
    "our table has no",
    "our table holds no",
)  # a sentence that says how far it goes
_DONE = "(?:measured|published|studied|compared|reported|tested|tried|checked|varied|counted|judged)"
_WORK = "(?:study|studies|paper|papers|publication|publications|comparison|comparisons|survey|literature)"
_ABSENCE = re.compile(
    rf"""\b(?:
    (?:no|not\ one|not\ a\ single)\ (?:\w+[ ]){{0,2}}(?:{_WORK}|published)\b
    | no\ (?:\w+[ ]){{0,2}}measurements?\ (?:of|exists?|is\ known)\b
    | no\ (?:\w+[ ]){{0,2}}(?:measurement|number|figure|run|work)s?\ (?:behind|on|was\ found|separates)\b
    | no\ \w+\ is\ published
    | (?:nobody|no\ one)\ (?:has\ |had\ |have\ |ever\ |yet\ )*{_DONE}
    | nowhere\ (?:been\ )?(?:{_DONE}|found)
    | unpublished | unstudied | unmeasured(?!\ run)
    | (?:not|never)\ (?:yet\ |been\ |ever\ )*(?:published\b|{_DONE}\ (?:by\ any|anywhere|in\ print|so\ far|yet))
    | (?:the|this\ is\ the)\ (?:only|first|one)\ (?:\w+[ ]){{0,2}}{_WORK}\b
    | only\ (?:one|two|three)\ (?:\w+[ ]){{0,2}}(?:{_WORK}|series)\b
    | (?:the|is)\ (?:only|first)\ (?:\w+[ ]){{0,2}}(?:measurement|series)\b
    | (?:found|know\ of|knew\ of|read)\ (?:no|none|nobody|nothing)\b
    | not\ seen\ in\ print | did\ not\ find
    | (?:was|were|is|are)\ not\ found\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_MARKUP = re.compile(r"```.*?```|\{cite(?::t)?\}`[^`]*`|\[([^]]*)\]\([^)]*\)", re.DOTALL)
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\s\|\s|\n\s*\n|\n\s*[-*] |\n#+ ")


def read_searches(path: Path) -> pd.DataFrame:
    """The searches, one a row: search_id, question, sentences, claims, date, where, terms, works_looked_at, outcome.

    ``sentences`` and ``claims`` stand in the first row of a record: the beginnings of the sentences and the claims that
    rest on it.

    Raises:
        ValueError: if a record rests on fewer than `LEAST_SEARCHES` searches, repeats one, has an empty field, or names
            neither a sentence nor a claim.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for search_id, rows in table.groupby("search_id"):
        if rows[["where", "terms"]].drop_duplicates().shape[0] < LEAST_SEARCHES:
            raise ValueError(f"{path.name}, {search_id}: fewer than {LEAST_SEARCHES} different searches")
        if not any(rows["sentences"]) and not any(rows["claims"]):
            raise ValueError(f"{path.name}, {search_id}: names neither a sentence nor a claim")
        if (rows.drop(columns=["sentences", "claims"]) == "").any(axis=None):
            raise ValueError(f"{path.name}, {search_id}: a field is empty")
    return table


@lru_cache(maxsize=1)
def _searches() -> pd.DataFrame:
    return read_searches(DATA / "searches.csv")


def searches() -> pd.DataFrame:
    """The packaged searches; see `read_searches`."""
    return _searches().copy()


def recorded_sentences() -> list[str]:
    """The sentences that a record names."""
    return [one for cell in _searches()["sentences"] if cell for one in cell.split(" | ")]


def recorded_claims() -> set[str]:
    """The claims that rest on a record."""
    return {one for cell in _searches()["claims"] if cell for one in cell.split("; ")}


def absence_sentences(text: str) -> list[str]:
    """The sentences of a text, Markdown or plain, that say that something was not done or does not exist in print."""
    text = _MARKUP.sub(lambda found: found[1] or "", text)
    sentences = (re.sub(r"\s+", " ", one.replace("*", "")).strip() for one in _END.split(text) if one)
    return [one for one in sentences if _ABSENCE.search(one)]


def without_record(text: str) -> list[str]:
    """The absence sentences that neither name their limit nor stand in a record."""
    recorded = recorded_sentences()
    found = [one for one in absence_sentences(text) if not any(limit in one.lower() for limit in LIMITS)]
    return [one for one in found if not any(sentence in one for sentence in recorded)]


def as_markdown() -> str:
    """The records as they stand on the errata page, each under its id as heading."""
    parts = []
    for search_id, rows in _searches().groupby("search_id", sort=True):
        head = rows.iloc[0]
        bears = f" Bears on {head['claims'].replace('; ', ', ')}." if head["claims"] else ""
        table = [f"| {row.where} | {row.terms} | {row.works_looked_at} | {row.outcome} |" for row in rows.itertuples()]
        parts.append(
            f"### {search_id}\n\n{head['question']}{bears} Searched on {head['date']}.\n\n"
            "| Where | Words | Works looked at | Outcome |\n| --- | --- | --- | --- |\n" + "\n".join(table) + "\n"
        )
    return "\n".join(parts)
