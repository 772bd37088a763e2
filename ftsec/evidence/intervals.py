"""Intervals for published rates, from the number of prompts they were counted on.

They hold the luck of the prompts only. Another training run, another seed and another judge would add to them;
how much is not published for most rows (Fraser et al. 2025 find it large).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ftsec.base.intervals import CONFIDENCE
from ftsec.base.intervals import wilson as share_interval

_Z = ndtri(0.5 + CONFIDENCE / 2)
CORRECTION = 0.5  # Haldane and Anscombe: added to all four cells when one of them is empty


def wilson(rate: ArrayLike, n_prompts: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Wilson intervals of rates in per cent; NaN where the rate or the number of prompts is not known."""
    low, high = share_interval(_counts(rate, n_prompts), n_prompts)
    return 100 * low, 100 * high


def _counts(rate: ArrayLike, n_prompts: ArrayLike) -> np.ndarray:
    """The counts behind printed percentages; NaN for what is no percentage."""
    rate = np.asarray(rate, dtype=float)
    return np.round(np.where((rate >= 0) & (rate <= 100), rate, np.nan) / 100 * np.asarray(n_prompts, dtype=float))


def risk_difference(before: float, after: float, n_prompts: float) -> tuple[float, float]:
    """Newcombe's interval of ``after - before`` in percentage points, both counted on `n_prompts` prompts.

    The two rates share their prompts, but the pairing is not published, so they are treated as independent. Answers
    to the same prompt go together, which makes this interval too wide rather than too narrow.
    """
    low_before, high_before = wilson(before, n_prompts)
    low_after, high_after = wilson(after, n_prompts)
    difference = after - before
    low = difference - np.hypot(after - low_after, high_before - before)
    high = difference + np.hypot(high_after - after, before - low_before)
    return (float(low), float(high))


def log_odds_ratio(before: float, after: float, n_prompts: float) -> tuple[float, float, float, bool]:
    """Log odds ratio of after against before with its interval (Woolf), and whether a zero cell was corrected.

    All NaN if the number of prompts is not known. See `risk_difference` on shared prompts.
    """
    if not n_prompts > 0:
        return (np.nan, np.nan, np.nan, False)
    yes = _counts([after, before], n_prompts)
    cells = np.concatenate([yes, n_prompts - yes])
    corrected = bool((cells == 0).any())
    cells += CORRECTION * corrected
    middle = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    half = _Z * np.sqrt((1 / cells).sum())
    return (float(middle), float(middle - half), float(middle + half), corrected)


def bootstrap(of: Callable, n: int, seed: int, n_resamples: int = 2000) -> tuple[float, float, float]:
    """A statistic with its percentile interval; `of` computes it from the numbers of the rows, 0 to ``n - 1``."""
    from scipy.stats import bootstrap

    rows = np.arange(n)
    spread = bootstrap(
        (rows,), of, n_resamples=n_resamples, vectorized=False, method="percentile", rng=np.random.default_rng(seed)
    ).confidence_interval
    return float(of(rows)), float(spread.low), float(spread.high)
