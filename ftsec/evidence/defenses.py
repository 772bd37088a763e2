"""Defences, each with what it helped, what it cost and what broke it: ``defenses.csv`` over the measurements."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from ftsec.evidence import schema
from ftsec.evidence import vocabulary as words
from ftsec.evidence.references import cite, reference_keys
from ftsec.evidence.searches import searches
from ftsec.evidence.selection import by_id
from ftsec.evidence.tables import DATA, measurements

IDS = ("helped_ids", "cost_ids", "broken_by_ids")


def _attack_or_record(frame: pd.DataFrame) -> pd.Series:
    """A defence has the rows of what broke it, or the record of a search for it."""
    none = frame["broken"] == "no attack read"
    return (none == (frame["broken_by_ids"].map(len) == 0)) & (none == (frame["search_id"] != ""))


DEFENSES = pa.DataFrameSchema(
    {
        "defense_id": pa.Column(str, pa.Check.str_matches(r"^D\d{2}$", error="must be D and two digits")),
        "defense": pa.Column(str, pa.Check(lambda text: text.str.strip() != "", error="must not be empty")),
        "stage": pa.Column(str, pa.Check.isin(words.DEFENSE_STAGES, error=f"must be one of: {words.DEFENSE_STAGES}")),
        "citation_key": pa.Column(str),
        "helped_ids": pa.Column(object, pa.Check(lambda ids: ids.map(len) > 0, error="needs at least one id")),
        "cost_ids": pa.Column(object),
        "broken_by_ids": pa.Column(object),
        "broken": pa.Column(str, pa.Check.isin(words.BREAKS, error=f"must be one of: {words.BREAKS}")),
        "search_id": pa.Column(str),
        "note": pa.Column(str),
    },
    checks=[pa.Check(_attack_or_record, error="needs either broken_by_ids, or a search_id and 'no attack read'")],
    unique=["defense_id"],
    strict=True,
    ordered=True,
)


def read_defenses(path: Path) -> pd.DataFrame:
    """The table of a CSV file, checked: every id, citation key and search record exists.

    Raises:
        ValueError: with one line a wrong row: table, id, column and reason.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in IDS:
        frame[column] = [tuple(filter(None, cell.split("; "))) for cell in frame[column]]
    schema.check(frame, DEFENSES, "defense_id", path.name)
    known = {"citation_key": reference_keys(), "search_id": set(searches()["search_id"]) | {""}}
    for column in (*IDS, *known):
        ids = known.get(column, set(measurements()["measurement_id"]))
        schema.check_links(frame, column, ids, "defense_id", path.name)
    return frame


@lru_cache(maxsize=1)
def _defenses() -> pd.DataFrame:
    return read_defenses(DATA / "defenses.csv")


def defenses() -> pd.DataFrame:
    """The packaged table, in the order of the stages; see `read_defenses`."""
    order = {stage: place for place, stage in enumerate(words.DEFENSE_STAGES)}
    return _defenses().sort_values("stage", key=lambda stages: stages.map(order), kind="stable").reset_index(drop=True)


def helped() -> pd.DataFrame:
    """Every row that says how much a defence helped, with the value of the undefended model beside it.

    Returns:
        The columns of `measurements` and `with_source`, and ``defense_id``, ``name``, ``stage``, ``broken``.
    """
    table = defenses().explode("helped_ids")
    rows = by_id(table["helped_ids"]).reset_index(drop=True)
    rows["name"] = table["defense"].to_numpy()
    return rows.assign(**{column: table[column].to_numpy() for column in ("defense_id", "stage", "broken")})


def as_table() -> pd.DataFrame:
    """What a team reads: one line a defence, with its source, effect, cost, and what broke it, as printed."""
    table = defenses()
    lines = {
        "defence": table["defense"],
        "stage": table["stage"],
        "source": table["citation_key"].map(cite),
        "helped": table["helped_ids"].map(_told),
        "cost": table["cost_ids"].map(_told),
        "broken by": table["broken_by_ids"].map(lambda ids: _told(ids, with_source=True)),
        "outcome": table["broken"],
    }
    return pd.DataFrame(lines)


def _told(ids: tuple[str, ...], with_source: bool = False) -> str:
    rows = by_id(ids) if ids else []
    return "; ".join(_sentence(row, with_source) for row in rows.itertuples()) if len(rows) else ""


def _sentence(row: tuple, with_source: bool) -> str:
    before = f"{row.before_text} → " if row.before_text else ""
    source = f" ({row.source})" if with_source else row.mark
    return f"{row.metric}: {before}{row.quantity}{source}"
