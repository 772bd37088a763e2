"""One table over any set of stored runs, and what the results are for each value of a parameter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy import stats

from ftsec.base.errors import InputError
from ftsec.base.intervals import wilson
from ftsec.running.grid import SEED_NAMES
from ftsec.running.store import ARCHIVE, Run, stored_runs

ABOUT = ("chapter", "status", "error", "run_seconds", "started", "key", "folder")
SHIPPED_RUNS = Path(__file__).with_name("data") / "sweep.jsonl"  # the sweep that the book's chapter on sweeps shows
MOST_VALUES = 12  # a parameter with more values than this is summarised in classes of equally many runs
CLASSES = 5


def load_runs(paths: str | Path | Iterable[str | Path], *, repeated: bool = False) -> pd.DataFrame:
    """Stored runs as a tidy table, one row a run, oldest first.

    The columns are the chapter, its parameters, the recorded results (``name``, and ``name_low`` and ``name_high``
    where an interval was recorded), and what `ABOUT` names. A failed run is a row too, with its error and without
    results. ``attrs`` names the parameters, the results and the results' units.

    Args:
        paths: run folders, chapter folders, whole stores, or archives (``runs.jsonl``), one or several.
        repeated: keep every run; otherwise only the newest of those that are equal (in cells, code, data, parameters).

    Raises:
        InputError: if a path does not exist or there is no run in it.
    """
    folders = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    for folder in folders:
        if not folder.is_dir() and not (folder.suffix == ARCHIVE and folder.is_file()):
            raise InputError(f"{folder} is neither a folder of runs nor an archive of runs (*{ARCHIVE})")
    return _table(find_runs(folders, repeated=repeated))


def find_runs(paths: Sequence[Path], *, repeated: bool = False) -> list[tuple[Path, Run]]:
    """The runs of `load_runs` as they are stored, with their places.

    Raises:
        InputError: if there is none.
    """
    found = sorted(stored_runs(paths), key=lambda pair: pair[1].started)
    if not found:
        raise InputError(f"there is no run in {', '.join(map(str, paths))}")
    return found if repeated else list({run.key: (folder, run) for folder, run in found}.values())


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
    """Mean of every numeric result with its 95 % interval over runs: Student's t, Wilson's for truth values.

    Args:
        by: parameters to group by jointly; default: each varied parameter by itself, over all others. Seeds are
            repetitions: they are grouped by only if they are named.

    Returns:
        one row for each group and result: ``parameter``, ``value``, ``result``, ``n``, ``mean``, ``low``, ``high``;
        the interval of a number is missing where there is one run only.

    Raises:
        InputError: if a name is no parameter of the runs.
    """
    if unknown := sorted(set(by or ()) - set(frame.attrs["parameters"])):
        raise InputError(f"no parameter {unknown[0]!r}; there are {', '.join(frame.attrs['parameters'])}")
    groups = [list(by)] if by else [[name] for name in varied(frame) if name not in SEED_NAMES]
    done = frame[frame["status"] == "ok"]
    rows = [row for names in groups for row in _summary_rows(done, names)]
    return pd.DataFrame(rows, columns=["parameter", "value", "result", "n", "mean", "low", "high"])


def mean_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Mean and its interval: Wilson's for truth values, else Student's t, NaN for fewer than two values."""
    mean = float(np.mean(values))
    if values.dtype == bool:
        return mean, *map(float, wilson(values.sum(), len(values), level))
    if len(values) < 2:
        return mean, np.nan, np.nan
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values))
    return mean, mean - half, mean + half


def _table(found: list[tuple[Path, Run]]) -> pd.DataFrame:
    parameters = {name: _free(name, ABOUT, "parameter") for _, run in found for name in run.parameters}
    taken = (*ABOUT, *parameters.values())
    results = {each["name"]: _free(each["name"], taken, "result") for _, run in found for each in run.results}
    rows = [_row(folder, run, parameters, results) for folder, run in found]
    columns = dict.fromkeys(name for row in rows for name in row if name not in ABOUT)
    inner = sorted(columns, key=lambda name: name not in parameters.values())  # parameters first, else as they came
    frame = pd.DataFrame(rows, columns=[ABOUT[0], *inner, *ABOUT[1:]])
    frame.attrs = {
        "parameters": list(parameters.values()),
        "results": list(results.values()),
        "units": {results[each["name"]]: each["unit"] for _, run in found for each in run.results},
    }
    return frame


def _row(folder: Path, run: Run, parameters: dict[str, str], results: dict[str, str]) -> dict:
    """One row; a list becomes text, so that it can be grouped by."""
    error = None if run.error is None else f"{run.error['cell']}: {run.error['message']}"
    about = (run.chapter, run.status, error, run.seconds, run.started, run.key, str(folder))
    row = dict(zip(ABOUT, about, strict=True))
    for name, value in run.parameters.items():
        row[parameters[name]] = json.dumps(value) if isinstance(value, list) else value
    for result in run.results:
        name = results[result["name"]]
        row[name] = result["value"]
        if result["interval"] is not None:
            row[f"{name}_low"], row[f"{name}_high"] = result["interval"]
    return row


def _free(name: str, taken: Iterable[str], kind: str) -> str:
    """The name as a column; one that is taken already is told apart by its kind."""
    return f"{name}_{kind}" if name in taken else name


def _summary_rows(frame: pd.DataFrame, names: list[str]) -> Iterable[dict]:
    # runs of another chapter, which has no such parameter, are no group of their own
    frame = frame[frame.groupby("chapter")[names].transform("count").gt(0).all(axis=1)]
    keys = [_classes(frame[name]) for name in names]
    for values, group in frame.groupby(keys, dropna=False, observed=True, sort=True):
        for result in numeric_results(frame):
            found = group[result].dropna().infer_objects().to_numpy()
            if len(found):
                mean, low, high = mean_interval(found)
                value = values[0] if len(names) == 1 else ", ".join(map(str, values))
                yield {"parameter": ", ".join(names), "value": value, "result": result, "n": len(found)} | {
                    "mean": mean,
                    "low": low,
                    "high": high,
                }


def _classes(column: pd.Series) -> pd.Series:
    """The column itself, or, if it holds many numbers, the middle of each value's class."""
    if column.nunique() <= MOST_VALUES or not is_numeric_dtype(column):
        return column
    classes = pd.qcut(column, CLASSES, duplicates="drop")
    return column.groupby(classes, observed=True).transform("median").rename(column.name)
