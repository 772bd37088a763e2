"""How sure we are: intervals over bases, equivalence with a margin, censored times.

A *base* is a pre-trained model with its own world: its own facts, its own split of entities. Fine-tuning seeds and
held-out entities are nested in it, so whatever was measured on one base is averaged first, and the bases are the
sample. A mean gets a t interval with Hall's correction for skewness (Hall 1992, *On the removal of skewness by
transformation*); the skewness of so few values is itself uncertain, so it is kept within `MOST_SKEW`. How often such
intervals hold the truth is simulated in `coverage`. What is no mean of bases (a ratio of sums, a fit) is resampled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from ftsec.base.errors import InputError

N_DRAWS = 5000
LEVEL = 0.95
MOST_SKEW = 1.0
SHARES = ("probability", "rate", "accuracy", "success", "share", "passed", "rejected")  # words in names of shares


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; `n_bases` says how many independent bases stand behind it."""

    value: float
    low: float
    high: float
    n_bases: int

    @classmethod
    def of_row(cls, row: pd.Series, frame: pd.DataFrame) -> Estimate:
        """The value, low and high of a table's row, which was made from a frame."""
        return cls(row["value"], row["low"], row["high"], frame["base"].nunique())

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    @property
    def columns(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}

    @property
    def interval(self) -> tuple[float, float]:
        return self.low, self.high


def mean_interval(values: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the mean over the last axis: a t interval with Hall's correction for skewness.

    Args:
        values: (…, n) independent values, n at least 2.
    """
    n, mean = values.shape[-1], values.mean(axis=-1)
    centred = values - mean[..., None]
    spread = np.sqrt((centred**2).sum(axis=-1) / (n - 1))
    third = (centred**3).mean(axis=-1)
    second = (centred**2).mean(axis=-1) ** 1.5
    skew = np.clip(np.divide(third, second, out=np.zeros_like(third), where=second > 0), -MOST_SKEW, MOST_SKEW)
    t = stdtrit(n - 1, (1 + level) / 2)
    return mean - spread * _unskewed(t, skew, n), mean - spread * _unskewed(-t, skew, n)


def _unskewed(t: float, skew: np.ndarray, n: int) -> np.ndarray:
    """The inverse of Hall's cubic: the quantile of a skewed mean that belongs to the quantile t of a symmetric one."""
    place = t / np.sqrt(n) - skew / (6 * n)
    safe = np.where(np.abs(skew) < 1e-6, 1.0, skew)
    return np.where(np.abs(skew) < 1e-6, place, 3 / safe * (np.cbrt(1 + safe * place) - 1))


def clustered(frame: pd.DataFrame, column: str, level: float = LEVEL) -> Estimate:
    """Mean of a column over bases with its interval, see `mean_interval`.

    Args:
        frame: rows with the columns ``base`` and `column`; rows of one base are averaged. An interval of a column
            that is named as a share (`SHARES`) ends at 0 and 1.

    Raises:
        InputError: if there are fewer than two bases.
    """
    return of_bases(frame.groupby("base")[column].mean().to_numpy(float), level, is_share(column))


def of_bases(values: np.ndarray, level: float = LEVEL, share: bool = False) -> Estimate:
    """The mean of one value per base with its interval.

    Raises:
        InputError: if there are fewer than two bases.
    """
    if len(values) < 2:
        raise InputError(f"an interval needs at least two bases, got {len(values)}")
    bounds = mean_interval(np.asarray(values, float), level)
    low, high = (float(np.clip(bound, 0, 1)) if share else float(bound) for bound in bounds)
    return Estimate(float(np.mean(values)), low, high, len(values))


def is_share(column: str) -> bool:
    """Whether a column is named as a share, which lies between 0 and 1."""
    return any(word in column.split("_") for word in SHARES)


def paired(frame: pd.DataFrame, column: str, by: str, arms: tuple[object, object], level: float = LEVEL) -> Estimate:
    """Mean difference of `column`, first arm minus second, paired by base and fine-tuning seed.

    Pairs of which one half is missing are an error, since dropping them would break the design.
    """
    wide = frame[frame[by].isin(arms)].pivot_table(index=["base", "seed"], columns=by, values=column, observed=True)
    if not set(arms) <= set(wide.columns) or wide[list(arms)].isna().any(axis=None):
        raise InputError(f"the arms {arms[0]!r} and {arms[1]!r} are not paired in every base and seed")
    difference = (wide[arms[0]] - wide[arms[1]]).rename("difference").reset_index()
    return clustered(difference, "difference", level)


_draws = ContextVar("draws", default=N_DRAWS)


@contextmanager
def fewer_draws(n: int) -> Iterator[None]:
    """Within this block intervals rest on so many draws: for simulations that compute hundreds of them."""
    token = _draws.set(n)
    try:
        yield
    finally:
        _draws.reset(token)


def draws_of_bases(n_bases: int, seed: int = 0) -> np.ndarray:
    """(n_draws, n_bases) how often each base is drawn, when as many bases are drawn with replacement.

    Raises:
        InputError: if there are fewer than two bases.
    """
    if n_bases < 2:
        raise InputError(f"an interval needs at least two bases, got {n_bases}")
    picks = np.random.default_rng(seed).integers(n_bases, size=(_draws.get(), n_bases))
    places = picks + n_bases * np.arange(len(picks))[:, None]
    return np.bincount(places.ravel(), minlength=picks.size).reshape(picks.shape).astype(float)


def percentiles(value: float, draws: np.ndarray, n_bases: int, level: float = LEVEL) -> Estimate:
    """An estimate with the percentile interval of its resampled values, of which some may be infinite."""
    low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2], method="nearest")
    return Estimate(float(value), float(low), float(high), n_bases)


def ratio_of_sums(parts: pd.DataFrame, wholes: pd.DataFrame) -> Estimate:
    """A share of runs: how many of all runs, with an interval from resampling bases.

    Args:
        parts, wholes: series by base: how many runs of the base are meant, and how many there are.
    """
    part, whole = parts.to_numpy(float), wholes.to_numpy(float)
    draws = draws_of_bases(len(part))
    with np.errstate(invalid="ignore"):  # a draw without any such run says nothing
        return percentiles(part.sum() / whole.sum(), (draws @ part) / (draws @ whole), len(part))


def equivalent(difference: Estimate, margin: float) -> bool:
    """Whether the whole interval lies within the margin, which has to be stated before the data are seen."""
    return -margin < difference.low and difference.high < margin


def crossing(steps: np.ndarray, values: np.ndarray, level: float = 0.5, falling: bool = True) -> float:
    """The step at which a curve first falls to (or rises to) a level, see `crossing_steps`."""
    sign = 1.0 if falling else -1.0
    return float(crossing_steps(steps, sign * np.asarray(values, float)[None], np.array([sign * level]))[0])


def crossing_steps(steps: np.ndarray, curves: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """(n,) the step at which each of n curves (n, n_steps) first falls to its level; infinite if it never does.

    Steps are interpolated on a square-root scale, since early steps change more than late ones.
    """
    below, rows = curves <= levels[:, None], np.arange(len(curves))
    after = below.argmax(axis=1)
    before = np.maximum(after - 1, 0)
    fall = curves[rows, before] - curves[rows, after]
    share = np.divide(curves[rows, before] - levels, fall, out=np.zeros(len(curves)), where=fall > 0)
    roots = np.sqrt(np.asarray(steps, float))
    found = (roots[before] + share * (roots[after] - roots[before])) ** 2
    return np.where(below.any(axis=1), found, np.inf)


def crossings(
    frame: pd.DataFrame, keys: list[str], column: str, level: float = 0.5, falling: bool = True
) -> pd.DataFrame:
    """`crossing` of every run: one row per combination of `keys`, with ``steps`` (inf if censored) and ``censored``."""
    rows = []
    for key, run in frame.sort_values("step").groupby(keys, sort=True, observed=True):
        steps = crossing(run["step"].to_numpy(), run[column].to_numpy(), level, falling)
        rows.append(dict(zip(keys, key, strict=True)) | {"steps": steps, "censored": np.isinf(steps)})
    return pd.DataFrame(rows)


def geometric_ratio(ratios: pd.DataFrame, column: str = "log_ratio") -> Estimate:
    """Ratio from a column of logarithms: the exponential of their mean over bases and of its interval."""
    logs = clustered(ratios, column)
    return Estimate(*(float(np.exp(v)) for v in (logs.value, logs.low, logs.high)), logs.n_bases)


def share_of_variance(frame: pd.DataFrame, column: str) -> float:
    """Share of the variance of `column` that lies between bases (one-way analysis of variance, balanced seeds)."""
    means = frame.groupby(["base", "seed"])[column].mean().unstack()
    n_seeds = means.shape[1]
    within = means.var(axis=1, ddof=1).mean()
    between = max(means.mean(axis=1).var(ddof=1) - within / n_seeds, 0.0)
    return float(between / (between + within)) if between + within > 0 else 0.0


def points(frame: pd.DataFrame, by: Sequence[str], column: str = "refusal_probability") -> pd.DataFrame:
    """Mean of a column with its interval for every combination of `by`: value, low, high."""
    rows = []
    for key, cell in frame.groupby(list(by), sort=True, observed=True):
        rows.append(dict(zip(by, key, strict=True)) | clustered(cell, column).columns)
    return pd.DataFrame(rows)


def curves(frame: pd.DataFrame, by: Sequence[str], column: str = "refusal_probability") -> pd.DataFrame:
    """`points` for every condition and step."""
    return points(frame, [*by, "step"], column)


def last_step(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The last row of every run; `keys` name the condition beside base and seed."""
    ends = frame.groupby(["base", "seed", *keys], observed=True)["step"].transform("max")
    return frame[frame["step"] == ends]


def difference(frame: pd.DataFrame, first: pd.Series, second: pd.Series, column: str) -> Estimate:
    """Mean of a column over the rows `first` minus that over `second`, paired by base."""
    means = [frame[rows].groupby("base")[column].mean() for rows in (first, second)]
    return clustered((means[0] - means[1]).rename("difference").reset_index(), "difference")
