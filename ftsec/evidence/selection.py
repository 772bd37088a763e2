"""Chosen measurements as a frame to draw from: our label, the source by name, an interval where one exists."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ftsec.base.errors import InputError
from ftsec.base.typeset import amount
from ftsec.base.vocabulary import WEAK_MARK
from ftsec.evidence.intervals import wilson
from ftsec.evidence.references import cite
from ftsec.evidence.tables import is_weak, measurements, shown


def shown_in(figure: str, include_weak: bool = True) -> pd.DataFrame:
    """The measurements that ``figures.csv`` names for a figure or table, in its order.

    Args:
        figure: its name there.
        include_weak: also rows read in notes, second hand or from memory.

    Returns:
        The columns of `measurements` and `with_source`, and ``group``, ``label`` and ``against`` as that file has them:
        what the row belongs to, our short name for it, the measurement that it is set against (``""`` if none).

    Raises:
        InputError: if no row names the figure.
    """
    chosen = shown()[shown()["figure"] == figure]
    if chosen.empty:
        raise InputError(f"no measurement is named for {figure!r}; there are {', '.join(shown()['figure'].unique())}")
    rows = by_id(chosen["measurement_id"])
    rows = rows.assign(**{name: chosen[name].to_numpy() for name in ("group", "label", "against")})
    return rows[include_weak | ~rows["weak"]].reset_index(drop=True)


def by_id(ids: Sequence[str]) -> pd.DataFrame:
    """These measurements, in this order and as often as they are named, indexed by id; columns as in `with_source`."""
    return with_source(measurements().set_index("measurement_id", drop=False).loc[list(ids)])


def with_source(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds what tables and figures show of each row.

    Returns:
        The rows with ``weak``; ``mark``, the sign of a weak one or nothing; ``source`` (authors and year, with
        `WEAK_MARK` where the number was not read in the work itself); ``quantity``, the value as printed with its
        unit; ``low`` and ``high``, Wilson's interval (NaN where the prompts were not counted).
    """
    weak = is_weak(rows)
    mark = weak.map({True: f" {WEAK_MARK}", False: ""})
    names = rows["citation_key"].map(cite) + mark
    low, high = wilson(rows["value"], rows["n_prompts"])
    quantity = [amount(*pair) for pair in zip(rows["value_text"], rows["unit"], strict=True)]
    return rows.assign(weak=weak, mark=mark, source=names, quantity=quantity, low=low, high=high)
