"""How sure we are: bootstrap intervals over bases, equivalence with a margin, censored times.

A *base* is a pre-trained model with its own world: its own facts, its own split of entities. Fine-tuning seeds and
held-out entities are nested in it. Whoever resamples bases resamples everything drawn with them; the second level is
resampled within each base.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError

N_DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; `n_bases` says how many independent bases stand behind it."""

    value: float
    low: float
    high: float
    n_bases: int

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    @property
    def columns(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}

    @property
    def interval(self) -> tuple[float, float]:
        return self.low, self.high


def clustered(frame: pd.DataFrame, column: str, within: str | None = "seed", seed: int = 0, **options) -> Estimate:
    """Mean of a column with a two-level bootstrap interval: bases, then `within` each base (None: bases alone).

    Args:
        frame: rows with the columns ``base``, `column` and `within`; rows of one base and one `within` are averaged.
        options: `statistic`, `n_draws` and `level` of `bootstrap`.

    Raises:
        InputError: if there are fewer than two bases.
    """
    if within is None:
        return bootstrap([np.array([v]) for v in frame.groupby("base")[column].mean()], seed, **options)
    means = frame.groupby(["base", within], sort=True)[column].mean()
    return bootstrap([cluster.to_numpy() for _, cluster in means.groupby(level=0)], seed, **options)


def paired(
    frame: pd.DataFrame, column: str, by: str, arms: tuple[object, object], seed: int = 0, **options
) -> Estimate:
    """Mean difference of `column`, first arm minus second, paired by base and fine-tuning seed.

    Pairs of which one half is missing are an error, since dropping them would break the design.
    """
    wide = frame[frame[by].isin(arms)].pivot_table(index=["base", "seed"], columns=by, values=column, observed=True)
    if not set(arms) <= set(wide.columns) or wide[list(arms)].isna().any(axis=None):
        raise InputError(f"the arms {arms[0]!r} and {arms[1]!r} are not paired in every base and seed")
    difference = (wide[arms[0]] - wide[arms[1]]).rename("difference").reset_index()
    return clustered(difference, "difference", seed=seed, **options)


def bootstrap(
    clusters: Sequence[np.ndarray],
    seed: int = 0,
    statistic: Callable[..., np.ndarray] = np.mean,
    n_draws: int = N_DRAWS,
    level: float = LEVEL,
) -> Estimate:
    """Percentile interval of a statistic of the clusters' means, resampling clusters and members within them.

    Args:
        clusters: one array of values per base.
        statistic: takes an array and `axis`; applied to the bases' means.
    """
    if len(clusters) < 2:
        raise InputError(f"an interval needs at least two bases, got {len(clusters)}")
    rng = np.random.default_rng(seed)
    means = np.array([np.mean(c) for c in clusters])
    picks = rng.integers(len(clusters), size=(n_draws, len(clusters)))
    draws = np.empty(picks.shape)
    for i, cluster in enumerate(clusters):
        chosen = picks == i
        members = rng.integers(len(cluster), size=(int(chosen.sum()), len(cluster)))
        draws[chosen] = np.asarray(cluster)[members].mean(axis=1)
    low, high = np.quantile(statistic(draws, axis=1), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(statistic(means, axis=0)), float(low), float(high), len(clusters))


def equivalent(difference: Estimate, margin: float) -> bool:
    """Whether the whole interval lies within the margin, which has to be stated before the data are seen."""
    return -margin < difference.low and difference.high < margin


def crossing(steps: np.ndarray, values: np.ndarray, level: float = 0.5, falling: bool = True) -> float:
    """The step at which a curve first falls to (or rises to) a level, interpolated; infinite if it never does.

    Steps are interpolated on a square-root scale, since early steps change more than late ones.
    """
    values = np.asarray(values, float) if falling else -np.asarray(values, float)
    level = level if falling else -level
    below = np.flatnonzero(values <= level)
    if not len(below):
        return float("inf")
    if below[0] == 0:
        return float(steps[0])
    before, after = below[0] - 1, below[0]
    share = (values[before] - level) / (values[before] - values[after])
    roots = np.sqrt(np.asarray(steps, float))
    return float((roots[before] + share * (roots[after] - roots[before])) ** 2)


def crossings(
    frame: pd.DataFrame, keys: list[str], column: str, level: float = 0.5, falling: bool = True
) -> pd.DataFrame:
    """`crossing` of every run: one row per combination of `keys`, with ``steps`` (inf if censored) and ``censored``."""
    rows = []
    for key, run in frame.sort_values("step").groupby(keys, sort=True, observed=True):
        steps = crossing(run["step"].to_numpy(), run[column].to_numpy(), level, falling)
        rows.append(dict(zip(keys, key, strict=True)) | {"steps": steps, "censored": np.isinf(steps)})
    return pd.DataFrame(rows)


def geometric_ratio(ratios: pd.DataFrame, column: str = "log_ratio", seed: int = 0) -> Estimate:
    """Ratio from a column of logarithms: the exponential of their clustered mean and interval."""
    logs = clustered(ratios, column, seed=seed)
    return Estimate(*(float(np.exp(v)) for v in (logs.value, logs.low, logs.high)), logs.n_bases)


def share_of_variance(frame: pd.DataFrame, column: str) -> float:
    """Share of the variance of `column` that lies between bases (one-way analysis of variance, balanced seeds)."""
    means = frame.groupby(["base", "seed"])[column].mean().unstack()
    n_seeds = means.shape[1]
    within = means.var(axis=1, ddof=1).mean()
    between = max(means.mean(axis=1).var(ddof=1) - within / n_seeds, 0.0)
    return float(between / (between + within)) if between + within > 0 else 0.0


def points(
    frame: pd.DataFrame, by: Sequence[str], column: str = "refusal_probability", within: str | None = "seed"
) -> pd.DataFrame:
    """Mean of a column with its clustered interval for every combination of `by`: value, low, high."""
    rows = []
    for key, cell in frame.groupby(list(by), sort=True, observed=True):
        estimate = clustered(cell, column, within, n_draws=N_DRAWS // 4)  # headline numbers draw more
        rows.append(dict(zip(by, key, strict=True)) | estimate.columns)
    return pd.DataFrame(rows)


def curves(frame: pd.DataFrame, by: Sequence[str], column: str = "refusal_probability") -> pd.DataFrame:
    """`points` for every condition and step."""
    return points(frame, [*by, "step"], column)


def last_step(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The last row of every run; `keys` name the condition beside base and seed."""
    ends = frame.groupby(["base", "seed", *keys], observed=True)["step"].transform("max")
    return frame[frame["step"] == ends]


def resampled(
    frame: pd.DataFrame, statistic: Callable[[pd.DataFrame], float], n_draws: int = 500, seed: int = 0
) -> Estimate:
    """A statistic of a whole frame, with a percentile interval from resampling bases.

    Raises:
        InputError: if there are fewer than two bases.
    """
    parts = [part for _, part in frame.groupby("base")]
    if len(parts) < 2:
        raise InputError(f"an interval needs at least two bases, got {len(parts)}")
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(parts), size=(n_draws, len(parts)))
    draws = [statistic(pd.concat([parts[i] for i in pick], ignore_index=True)) for pick in picks]
    low, high = np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(statistic(frame)), float(low), float(high), len(parts))


def difference(frame: pd.DataFrame, first: pd.Series, second: pd.Series, column: str) -> Estimate:
    """Mean of a column over the rows `first` minus that over `second`, paired by base."""
    means = [frame[rows].groupby("base")[column].mean() for rows in (first, second)]
    return clustered((means[0] - means[1]).rename("difference").reset_index(), "difference", within=None)
