"""Absence has a record: what was searched for, where and with which words, before the book says that it is not there.

A sentence of the kind *no study*, *nobody measured*, *the only series* or *unpublished* is true of the searches behind
it and no further. It either names our table as its limit or stands in `searches.csv`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from ftsec.evidence.tables import DATA

LEAST_SEARCHES = 3


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
