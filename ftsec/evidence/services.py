"""Fine-tuning as a service: what filters of training data saw, and what customers reached through the interface."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError
from ftsec.evidence.intervals import wilson
from ftsec.evidence.selection import shown_in


def filters(include_weak: bool = True) -> pd.DataFrame:
    """Share of explicitly harmful training data that each filter flags, in per cent.

    Columns ``filter``, ``read``, ``flagged``, ``low``, ``high``, ``n_examples``, ``source``. The intervals are for the
    100 examples alone; other data may be seen better or worse. ``read`` is ``instructions`` or ``answers`` for the
    classifiers and ``examples`` for the language model that was asked about each whole example.
    """
    rows = shown_in("filters", include_weak)
    low, high = wilson(rows["value"], rows["n_examples"])
    rows = rows.assign(low=low, high=high).rename(columns={"label": "filter", "group": "read", "value": "flagged"})
    return rows[["filter", "read", "flagged", "low", "high", "n_examples", "source"]]


def upload_passes(flagged: float | np.ndarray, n_examples: int) -> float | np.ndarray:
    """Chance that a whole upload passes when one flagged example rejects it, flags being independent.

    Args:
        flagged: share of such examples that the filter flags, in per cent.
        n_examples: harmful examples in the upload.

    Raises:
        InputError: if the share is no percentage or the number negative.
    """
    share = np.asarray(flagged) / 100
    if not (np.all(share >= 0) and np.all(share <= 1)):
        raise InputError(f"the flagged share must lie between 0 and 100 %, got {flagged}")
    if n_examples < 0:
        raise InputError(f"n_examples must be at least 0, got {n_examples}")
    return (1 - share) ** n_examples


def upload_needed(flagged: float | np.ndarray, n_needed: int) -> np.ndarray:
    """Examples to upload so that `n_needed` get through on average when flagged ones are dropped one by one."""
    return np.ceil(n_needed / (1 - np.asarray(flagged, dtype=float) / 100))


def api_attacks(include_weak: bool = True) -> pd.DataFrame:
    """Attacks through a fine-tuning interface with their outcome: the columns of `shown_in`.

    ``before`` is the model before fine-tuning. It is NaN for the backdoor with its trigger, whose row gives the same
    tuned model without the trigger instead.
    """
    rows = shown_in("api_attacks", include_weak)
    return rows.assign(before=rows["before"].mask(rows["metric"].str.endswith("with trigger")))
