"""Confidence bounds of shares and of means between 0 and 1, on the side that could hurt."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import beta, fisher_exact, norm

from ftsec.base.intervals import wilson


def share_bound(direction: str, k: int, n: int, confidence: float) -> float:
    """The one-sided Clopper-Pearson bound of *k of n*: upper for ``at_most``, else lower."""
    if direction == "at_most":
        return 1.0 if k == n else float(beta.ppf(confidence, k + 1, n - k))
    return 0.0 if k == 0 else float(beta.ppf(1 - confidence, k, n - k + 1))


def mean_bound(direction: str, mean: float, n: int, confidence: float) -> float:
    """The one-sided bound of a mean of `n` independent numbers from 0 to 1 (Hoeffding 1963, theorem 1).

    It holds for every distribution, hence it is a little wider than that of zeros and ones.
    """
    if direction == "at_least":
        return 1 - mean_bound("at_most", 1 - mean, n, confidence)
    mean, level = min(1.0, max(0.0, mean)), -math.log(1 - confidence) / n
    if mean >= 1:
        return 1.0
    return float(brentq(lambda true: _divergence(mean, true) - level, mean, 1 - 1e-16))


def strictest(direction: str, n: int, confidence: float) -> float:
    """The strictest threshold that a run without a single miss can still pass with `n` prompts."""
    return share_bound(direction, 0 if direction == "at_most" else n, n, confidence)


def newcombe(worse: tuple[int, int], than: tuple[int, int], confidence: float) -> float:
    """The upper bound of the difference of two independent shares, given as (k, n) (Newcombe 1998, method 10)."""
    (k, n), (base_k, base_n) = worse, than
    level = 2 * confidence - 1
    high, low = float(wilson(k, n, level)[1]), float(wilson(base_k, base_n, level)[0])
    return k / n - base_k / base_n + math.hypot(high - k / n, base_k / base_n - low)


def fisher(worse: tuple[int, int], than: tuple[int, int]) -> float:
    """The p-value of Fisher's exact one-sided test against "the first share is not higher"."""
    (k, n), (base_k, base_n) = worse, than
    return float(fisher_exact([[k, n - k], [base_k, base_n - base_k]], alternative="greater")[1])


def agresti_min(worse: int, better: int, n: int, confidence: float) -> float:
    """The upper bound of ``(worse - better) / n`` in paired yes/no data (Agresti and Min 2005)."""
    # adding one half to each cell makes the simple interval hold its level in small samples
    worse_share, better_share = (worse + 0.5) / (n + 2), (better + 0.5) / (n + 2)
    loss = worse_share - better_share
    spread = math.sqrt((worse_share + better_share - loss**2) / (n + 2))
    return min(1.0, float(loss + norm.ppf(confidence) * spread))


def _divergence(mean: float, true: float) -> float:
    """Kullback-Leibler divergence of two coins."""
    first = mean * math.log(mean / true) if mean > 0 else 0.0
    return first + (1 - mean) * math.log((1 - mean) / (1 - true)) if mean < 1 else first
