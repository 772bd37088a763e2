"""One table over any set of stored runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from ftsec.base.errors import InputError
from ftsec.running.selection import Found, find_runs
from ftsec.running.store import Run

ABOUT = ("chapter", "status", "error", "run_seconds", "started", "key", "folder")
SHIPPED_RUNS = Path(__file__).with_name("data") / "sweep.jsonl"  # the sweep that the book's chapter on sweeps shows


def load_runs(
    paths: str | Path | Iterable[str | Path],
    *,
    where: Iterable[str] = (),
    repeated: bool = False,
    needs: Iterable[str] = (),
) -> pd.DataFrame:
    """Stored runs as a tidy table, one row a run, oldest first.

    The columns are the chapter, its parameters, the recorded results (``name``, and ``name_low`` and ``name_high``
    where an interval was recorded), and what `ABOUT` names. A failed run is a row too, with its error and without
    results. ``attrs`` names the parameters, the results and the results' units.

    Args:
        paths: run folders, chapter folders, whole stores, or archives (``runs.jsonl``), one or several.
        where, repeated: which of the runs in them (see `find_runs`).
        needs: columns that the caller is going to use.

    Raises:
        InputError: if a path does not exist, there is no such run in it, or the runs lack a column that is needed.
    """
    folders = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    frame, needed = table(find_runs(folders, where=where, repeated=repeated)), list(needs)
    if missing := [name for name in needed if name not in frame]:
        lack = f"the runs in {', '.join(map(str, folders))} have no {', '.join(missing)}"
        raise InputError(f"{lack}; the columns needed are {', '.join(needed)}")
    return frame


def table(found: Found) -> pd.DataFrame:
    """The table of `load_runs` over runs that were found already."""
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
