"""Intervals for published rates, from the number of prompts they were counted on.

They hold the luck of the prompts only. Another training run, another seed and another judge would add to them;
how much is not published for most rows (Fraser et al. 2025 find it large).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest, norm

CONFIDENCE = 0.95
_Z = norm.ppf(0.5 + CONFIDENCE / 2)
CORRECTION = 0.5  # Haldane and Anscombe: added to all four cells when one of them is empty


def counts(rate: float, n_prompts: float) -> int:
    """The count behind a printed percentage."""
    return round(rate / 100 * n_prompts)


def wilson(rate: float, n_prompts: float) -> tuple[float, float]:
    """Wilson interval of a rate in per cent; NaN if the number of prompts is not known."""
    if not n_prompts > 0:
        return (np.nan, np.nan)
    found = binomtest(counts(rate, n_prompts), int(n_prompts)).proportion_ci(CONFIDENCE, method="wilson")
    return (100 * found.low, 100 * found.high)


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
    yes = np.array([counts(after, n_prompts), counts(before, n_prompts)], dtype=float)
    cells = np.concatenate([yes, n_prompts - yes])
    corrected = bool((cells == 0).any())
    cells += CORRECTION * corrected
    middle = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    half = _Z * np.sqrt((1 / cells).sum())
    return (float(middle), float(middle - half), float(middle + half), corrected)
