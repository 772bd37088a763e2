"""Over-optimisation of a reward model: the functional forms of Gao et al. (2023), with d = sqrt(KL) in root nats."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError
from ftsec.evidence.selection import shown_in


def gold_best_of_n(d: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    """Gold reward after best-of-n sampling at distance `d`: ``d (alpha - beta d)`` (Gao et al. 2023, section 1)."""
    return d * (alpha - beta * d)


def peak_best_of_n(alpha: float, beta: float) -> float:
    """The distance at which `gold_best_of_n` is largest, ``alpha / (2 beta)`` (derived).

    Raises:
        InputError: if a coefficient is not positive, so that there is no peak.
    """
    if alpha <= 0 or beta <= 0:
        raise InputError(f"alpha and beta must be positive, got {alpha:g} and {beta:g}")
    return alpha / (2 * beta)


def kl_best_of_n(n: float) -> float:
    """KL divergence, in nats, of best-of-n sampling from its start: ``log n - (n - 1) / n``.

    Raises:
        InputError: if n is below 1.
    """
    if n < 1:
        raise InputError(f"best-of-n needs n of at least 1, got {n:g}")
    return float(np.log(n) - (n - 1) / n)


def n_for_kl(kl: float) -> float:
    """The n at which best-of-n reaches this KL divergence (not rounded)."""
    if kl < 0:
        raise InputError(f"a KL divergence is at least 0, got {kl:g}")
    from scipy.optimize import brentq

    return float(np.exp(brentq(lambda log_n: kl_best_of_n(np.exp(log_n)) - kl, 0, kl + 2)))


def coefficient_ranges() -> dict[str, tuple[float, float]]:
    """Ranges of the fitted coefficients over reward-model sizes, read off the axes of Figure 3 (none is printed).

    Returns:
        ``alpha_bon``, ``beta_bon`` and ``beta_rl`` with their ends; ``alpha_rl`` was not published.
    """
    rows = shown_in("gold_reward")
    return dict(zip(rows["label"], zip(rows["value_low"], rows["value_high"], strict=True), strict=True))


def best_of_n_curves(max_kl: float, points: int = 121) -> pd.DataFrame:
    """Gold reward over KL for the weakest and the strongest reward model of the published ranges.

    The strongest (largest) has the highest alpha and the lowest beta: both trends are stated with the figure.

    Returns:
        Columns ``reward_model`` ("smallest", "largest"), ``kl`` (nats), ``gold``.
    """
    if not max_kl > 0:
        raise InputError(f"the largest KL divergence must be positive, got {max_kl:g}")
    kl = np.linspace(0, max_kl, points)
    frames = [
        pd.DataFrame({"reward_model": name, "kl": kl, "gold": gold_best_of_n(np.sqrt(kl), alpha, beta)})
        for name, (alpha, beta) in _ends().items()
    ]
    return pd.concat(frames, ignore_index=True)


def best_of_n_peaks() -> pd.DataFrame:
    """Where the curves of `best_of_n_curves` turn: ``reward_model``, ``alpha``, ``beta``, ``kl``, ``n``, ``gold``."""
    rows = []
    for name, (alpha, beta) in _ends().items():
        d = peak_best_of_n(alpha, beta)
        rows.append((name, alpha, beta, d**2, n_for_kl(d**2), gold_best_of_n(d, alpha, beta)))
    return pd.DataFrame(rows, columns=["reward_model", "alpha", "beta", "kl", "n", "gold"])


def _ends() -> dict[str, tuple[float, float]]:
    ranges = coefficient_ranges()
    (alpha_low, alpha_high), (beta_low, beta_high) = ranges["alpha_bon"], ranges["beta_bon"]
    return {"smallest": (alpha_low, beta_high), "largest": (alpha_high, beta_low)}
