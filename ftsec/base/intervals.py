"""How sure a share of counted cases is: Wilson's interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

CONFIDENCE = 0.95


def wilson(successes: ArrayLike, trials: ArrayLike, level: float = CONFIDENCE) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval (1927) of ``successes / trials``: both bounds, as shares; NaN where one is not known.

    Args:
        successes: counts; also the product of a published rate and its trials, which need not be whole.
        trials: how many there were.
        level: confidence.
    """
    n, z = np.asarray(trials, dtype=float), ndtri((1 + level) / 2)
    n = np.where(n > 0, n, np.nan)
    share = np.asarray(successes, dtype=float) / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # none and all are bounds of their own intervals; rounding would miss them by a hair
    return np.where(share <= 0, share, middle - half), np.where(share >= 1, share, middle + half)
