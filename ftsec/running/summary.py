"""What the results of many runs are for each value of a parameter, and how far they spread.

Runs that differ in their seeds alone are a sample, and their mean has an interval. Runs that differ in anything else
are a choice of whoever made the grid: of these the least and the most are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy import stats

from ftsec.base.errors import InputError, did_you_mean
from ftsec.base.intervals import wilson
from ftsec.running.grid import SEED_NAMES

MOST_VALUES = 12  # a parameter with more values than this is summarised in classes of equally many runs
CLASSES = 5
COLUMNS = ("parameter", "value", "result", "n", "mean", "low", "high", "spread")
INTERVAL, RANGE = "95 % interval over seeds", "least to most"


def varied(frame: pd.DataFrame) -> list[str]:
    """The parameters that take more than one value among the runs of a chapter."""
    differ = frame.groupby("chapter")[frame.attrs["parameters"]].nunique(dropna=False).gt(1).any()
    return [name for name in frame.attrs["parameters"] if differ[name]]


def numeric_results(frame: pd.DataFrame) -> list[str]:
    """The results that are numbers or truth values; their mean says something."""
    return [name for name in frame.attrs["results"] if is_numeric_dtype(frame[name].dropna().infer_objects())]


def constant_results(frame: pd.DataFrame) -> list[str]:
    """The results that have one and the same value in several runs."""
    return [name for name in frame.attrs["results"] if frame[name].count() > 1 and frame[name].nunique() == 1]


def summarise(frame: pd.DataFrame, by: Sequence[str] | None = None) -> pd.DataFrame:
    """Mean of every numeric result, with its 95 % interval over seeds or its least and most over other parameters.

    Args:
        by: parameters to group by jointly; default: each varied parameter by itself, over all others. Seeds are
            repetitions: they are grouped by only if they are named.

    Returns:
        one row for each group and result with `COLUMNS`; low and high are missing where there is one run only.

    Raises:
        InputError: if a name is no parameter of the runs.
    """
    for name in by or ():
        _known(name, frame.attrs["parameters"], "parameter")
    groups = [list(by)] if by else [[name] for name in varied(frame) if name not in SEED_NAMES]
    done = frame[frame["status"] == "ok"]
    rows = [row for names in groups for row in _summary_rows(done, names)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def pivot(frame: pd.DataFrame, row: str, column: str, result: str) -> pd.DataFrame:
    """The mean of one result for each pair of two parameters' values.

    Raises:
        InputError: if a name is no parameter of the runs, or no result with numbers.
    """
    for name in (row, column):
        _known(name, frame.attrs["parameters"], "parameter")
    _known(result, numeric_results(frame), "result with numbers")
    if row == column:
        raise InputError(f"a pivot table needs two parameters, not {row} twice")
    done = frame[frame["status"] == "ok"].astype({result: float})
    return done.pivot_table(index=row, columns=column, values=result, dropna=False)


def mean_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Mean and its interval: Wilson's for truth values, else Student's t, NaN for fewer than two values."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, np.nan, np.nan
    if values.dtype == bool:
        return mean, *map(float, wilson(values.sum(), len(values), level))
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values))
    return mean, mean - half, mean + half


def _known(name: str, names: Sequence[str], kind: str) -> None:
    if name not in names:
        hint = did_you_mean(name, names) or f"; there are {', '.join(names) or 'none'}"
        raise InputError(f"no {kind} {name!r}{hint}")


def _summary_rows(frame: pd.DataFrame, names: list[str]) -> Iterable[dict]:
    # runs of another chapter, which has no such parameter, are no group of their own
    frame = frame[frame.groupby("chapter")[names].transform("count").gt(0).all(axis=1)]
    keys = [_classes(frame[name]) for name in names]
    for values, group in frame.groupby(keys, dropna=False, observed=True, sort=True):
        value = values[0] if len(names) == 1 else ", ".join(map(str, values))
        others = [name for name in frame.attrs["parameters"] if name not in SEED_NAMES]
        others = [name for name in others if group[name].nunique(dropna=False) > 1]
        for result in numeric_results(frame):
            if len(found := group[[*others, result]].dropna(subset=result)):
                yield dict(
                    zip(COLUMNS, (", ".join(names), value, result, *_spread(found, others, result)), strict=True)
                )


def _spread(runs: pd.DataFrame, others: list[str], result: str) -> tuple:
    """How many runs there are, the result's mean, low and high, and what these are."""
    if not others:
        mean, low, high = mean_interval(runs[result].infer_objects().to_numpy())
        return len(runs), mean, low, high, "" if np.isnan(low) else INTERVAL
    means = runs.astype({result: float}).groupby(others, dropna=False)[result].mean()
    return len(runs), means.mean(), means.min(), means.max(), RANGE if len(means) > 1 else ""


def _classes(column: pd.Series) -> pd.Series:
    """The column itself, or, if it holds many numbers, the middle of each value's class."""
    if column.nunique() <= MOST_VALUES or not is_numeric_dtype(column):
        return column
    classes = pd.qcut(column, CLASSES, duplicates="drop")
    return column.groupby(classes, observed=True).transform("median").rename(column.name)
