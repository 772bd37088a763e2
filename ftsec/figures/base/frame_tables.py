"""Records (an article's rows) and frames as tables for the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from numbers import Integral

import pandas as pd

from ftsec.base.vocabulary import WEAK_MARK
from ftsec.base.words import SENTENCE, in_words
from ftsec.figures.base.table import Table


def records_table(records: Iterable[object], caption: str, columns: Mapping[str, str]) -> Table:
    """A table with one row a record.

    Args:
        records: objects of one kind.
        caption: says what the table holds.
        columns: the header by attribute (or property) name, in the order of the columns; tuples are joined by commas,
            by semicolons if one of their texts is long.
    """
    rows = [{header: _cell(getattr(record, name)) for name, header in columns.items()} for record in records]
    return Table(pd.DataFrame(rows, columns=list(columns.values())), caption)


def frame_table(frame: pd.DataFrame, caption: str, **headers: str) -> Table:
    """A table of the named columns, in that order: ``frame_table(rows, "Compute", label="Stage", value="Cost")``.

    The caption explains the mark of weak sources where it is used.
    """
    shown = frame[list(headers)].rename(columns=headers)
    if shown.map(lambda cell: isinstance(cell, str) and WEAK_MARK in cell).any(axis=None):
        caption += f" {WEAK_MARK} not read in the paper itself."
    return Table(shown, caption)


def as_published(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The frame with these numbers as text, in the digits they were published with; a table would round or pad them."""
    texts = {name: ["" if pd.isna(number) else f"{number:,.10g}" for number in frame[name]] for name in columns}
    return frame.assign(**texts)


def joined(*columns: Iterable[object]) -> list[str]:
    """Names of rows that several columns tell apart: ``"random, DPO"``, ``"RL, 5,000"``."""
    return [", ".join(map(_named, parts)) for parts in zip(*columns, strict=True)]


def _named(part: object) -> str:
    return f"{part:,}" if isinstance(part, Integral) else in_words(str(part))


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return ("; " if any(len(str(part)) > SENTENCE for part in value) else ", ").join(map(str, value))
    if isinstance(value, Enum):
        return in_words(value.value)
    return value if isinstance(value, int | float) else str(value)
