"""Rows that somebody proposes, checked before they are sent: what is wrong with each, and what a correction changes."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ftsec.base.errors import InputError
from ftsec.evidence import schema
from ftsec.evidence.references import fields, reference_keys
from ftsec.evidence.rows import DATA
from ftsec.evidence.tables import typed

TABLE = "measurements.csv"
NEW = "new"  # in place of an id: the row is not in the table yet
_KEY = re.compile(r"^@\w+\{([^,\s]+),", re.MULTILINE)
_SAME = ["citation_key", "model", "metric", "value", "before_value", "defense", "table_or_figure"]


@dataclass(frozen=True)
class Checked:
    """What a check of proposed rows found.

    Attributes:
        problems: one sentence each, with the line of the file.
        changes: for rows that are in the table already, each cell that would change.
        n_new, n_corrections: rows of either kind.
    """

    problems: list[str]
    changes: list[str]
    n_new: int
    n_corrections: int


def template() -> str:
    """The head of the table and one row to write over, as CSV: the last line of the table, as a new row."""
    with (DATA / TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    example = {**rows[-1], "measurement_id": NEW}
    return pd.DataFrame([example]).to_csv(index=False, lineterminator="\n")


def check_file(path: Path, bibliography: Path | None = None) -> Checked:
    """Check proposed rows of the measurements table.

    Args:
        path: a CSV file with columns of that table; columns that it leaves out are taken as empty.
        bibliography: a BibTeX file with the works that are new.

    Raises:
        InputError: if a file cannot be read, holds no row, or has a column that the table does not have.
    """
    table = pd.read_csv(DATA / TABLE, dtype=str, keep_default_na=False)
    proposed = _read(path, list(table.columns))
    known = reference_keys() | _keys(bibliography)
    corrections = proposed["measurement_id"].isin(table["measurement_id"])
    problems = [*_by_schema(proposed, table, path.name), *_by_rule(proposed, table, known)]
    changes = _changes(proposed[corrections], table)
    return Checked(problems, changes, int((~corrections).sum()), int(corrections.sum()))


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} is empty; `ftsec evidence template` prints what such a file begins with") from None
    except (UnicodeDecodeError, pd.errors.ParserError):
        raise InputError(f"{path} cannot be read as CSV: it is no UTF-8 text, or its rows differ in length") from None
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault.strerror}") from None
    unknown = [name for name in frame.columns if name not in columns]
    if unknown:
        raise InputError(f"{path}: the table has no column {', '.join(unknown)}; it has {', '.join(columns)}")
    if frame.empty:
        raise InputError(f"{path} holds no row")
    return frame.reindex(columns=columns, fill_value="")


def _keys(bibliography: Path | None) -> set[str]:
    if bibliography is None:
        return set()
    try:
        text = bibliography.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{bibliography} cannot be read: it is no UTF-8 text") from None
    except OSError as fault:
        raise InputError(f"{bibliography} cannot be read: {fault.strerror}") from None
    if not (keys := set(_KEY.findall(text))):
        raise InputError(f"{bibliography} holds no BibTeX entry, such as @article{{key, …}}")
    return keys


def _by_schema(proposed: pd.DataFrame, table: pd.DataFrame, name: str) -> list[str]:
    """What the table's own rules say; a new row gets the next free number for that."""
    free = iter(f"M{number:03d}" for number in range(1, 1000) if f"M{number:03d}" not in set(table["measurement_id"]))
    numbered = proposed.copy()
    numbered["measurement_id"] = [next(free) if _is_new(one) else one for one in proposed["measurement_id"]]
    lines = dict(zip(numbered["measurement_id"], _lines(proposed), strict=True))
    try:
        schema.check(typed(numbered, name), schema.MEASUREMENTS, "measurement_id", name)
    except ValueError as wrong:
        return [_by_line(one, name, lines) for one in str(wrong).splitlines()]
    return []


def _by_line(problem: str, name: str, lines: dict[str, str]) -> str:
    row, _, reason = problem.removeprefix(f"{name}, ").partition(": ")
    return f"{lines.get(row, row)}: {reason}"


def _is_new(measurement_id: str) -> bool:
    return measurement_id in ("", NEW)


def _lines(proposed: pd.DataFrame) -> list[str]:
    """Where each row stands in the file; the head is line 1."""
    names = zip(proposed.index, proposed["measurement_id"], strict=True)
    return [f"line {place + 2} ({NEW if _is_new(one) else one})" for place, one in names]


def _by_rule(proposed: pd.DataFrame, table: pd.DataFrame, known: set[str]) -> list[str]:
    """What a person would send back: an unknown work, no place in the source, a number that is there already."""
    problems = []
    for line, row in zip(_lines(proposed), proposed.to_dict("records"), strict=True):
        if row["citation_key"] not in known:
            problems.append(f"{line}: citation_key {row['citation_key']!r} is in no bibliography; give it with --bib")
        if not row["table_or_figure"]:
            problems.append(f"{line}: table_or_figure must say where in the source the number stands")
        if not row["source_title"]:
            problems.append(f"{line}: source_title must say which text was read")
        problems += [f"{line}: {one}" for one in (*_year(row), *_twin(row, table))]
    return problems


def _year(row: dict[str, str]) -> list[str]:
    key = row["citation_key"]
    year = fields(key)["year"][:4] if key in reference_keys() else row["year"]
    return [] if year == row["year"] else [f"year is {row['year']}, the bibliography has {year}"]


def _twin(row: dict[str, str], table: pd.DataFrame) -> list[str]:
    others = table[table["measurement_id"] != row["measurement_id"]]
    same = others[(others[_SAME] == pd.Series({name: row[name] for name in _SAME})).all(axis=1)]
    return [f"the same number stands in the table as {one}" for one in same["measurement_id"]]


def _changes(corrections: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    kept = table.set_index("measurement_id")
    return [
        f"{row['measurement_id']}, {name}: {kept.at[row['measurement_id'], name]!r} becomes {row[name]!r}"
        for row in corrections.to_dict("records")
        for name in kept.columns
        if row[name] != kept.at[row["measurement_id"], name]
    ]
