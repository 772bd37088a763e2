"""Chosen measurements as a frame to draw from: our label, the source by name, an interval where one exists."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from ftsec.base.typeset import amount
from ftsec.evidence.references import cite
from ftsec.evidence.tables import measurements
from ftsec.evidence.vocabulary import WEAK_PROVENANCES

WEAK_MARK = "‡"  # read in notes, second hand or only remembered
CONFIDENCE = 0.95


def selected(labels: Mapping[str, str], include_weak: bool = True) -> pd.DataFrame:
    """The named measurements in the given order.

    Args:
        labels: our short label by measurement id.
        include_weak: also rows read in notes, second hand or from memory.

    Returns:
        The columns of `measurements`, and ``label``, ``source`` (authors and year, with `WEAK_MARK` where the number
        was not read in the work itself), ``weak``, ``low`` and ``high``.

    Raises:
        KeyError: if there is no such measurement.
    """
    rows = measurements().set_index("measurement_id", drop=False).loc[list(labels)]
    rows = with_source(rows.assign(label=list(labels.values())))
    return rows[include_weak | ~rows["weak"]].reset_index(drop=True)


def with_source(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds what tables and figures show of each row.

    Returns:
        The rows with ``weak``; ``mark``, the sign of a weak one or nothing; ``source``; ``quantity``, the value as
        printed with its unit; ``low`` and ``high``, Wilson's interval (NaN where the prompts were not counted).
    """
    weak = rows["provenance"].isin(WEAK_PROVENANCES)
    pairs = zip(rows["citation_key"], weak, strict=True)
    names = [f"{cite(key)} {WEAK_MARK}" if marked else cite(key) for key, marked in pairs]
    bounds = [wilson(*pair) for pair in rows[["value", "n_prompts"]].to_numpy()]
    low, high = np.array(bounds).reshape(-1, 2).T
    mark = weak.map({True: f" {WEAK_MARK}", False: ""})
    quantity = [amount(*pair) for pair in zip(rows["value_text"], rows["unit"], strict=True)]
    return rows.assign(weak=weak, mark=mark, source=names, quantity=quantity, low=low, high=high)


def wilson(rate: float, n_prompts: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate in per cent, for the luck of the prompts alone; NaN if it cannot be computed."""
    if not (n_prompts > 0 and 0 <= rate <= 100):
        return (np.nan, np.nan)
    found = binomtest(round(rate / 100 * n_prompts), int(n_prompts)).proportion_ci(CONFIDENCE, method="wilson")
    return (100 * found.low, 100 * found.high)
