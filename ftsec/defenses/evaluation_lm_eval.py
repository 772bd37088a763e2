"""Measurements from the files of lm-evaluation-harness: results of all versions, and ``samples_*.jsonl``.

A measurement is ``task/metric,filter``. Counts come from ``n-samples`` where the standard error, the metric or the
single samples prove that the value is a share; those of a group are added up over its tasks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.measured import Measurement, from_outcomes, from_statistics, is_number, number, part_of, summed
from ftsec.defenses.strict import json_lines

READ_AS = "results of lm-evaluation-harness"
OLD = "results of lm-evaluation-harness 0.3"
SAMPLES = "samples of lm-evaluation-harness"
# metrics of the harness that are a mean of zeros and ones (lm_eval/api/metrics.py)
ZERO_OR_ONE = {"acc", "acc_norm", "acc_mutual_info", "acc_bytes", "exact_match", "em"}
SAMPLE_KEYS = {"doc_id", "doc", "target", "resps", "filtered_resps", "arguments"}
FILE_NAME = re.compile(r"^samples_(?P<task>.+?)(?:_\d{4}-\d\d-\d\dT[\d.:-]+)?$")
UNKNOWN_SIZE = "its file does not say how many prompts there are"


def is_lm_eval(data: Mapping) -> bool:
    results = data.get("results")
    return isinstance(results, dict) and "versions" in data and ("configs" in data or _is_old(data))


def _is_old(data: Mapping) -> bool:
    return "configs" not in data and all(isinstance(metrics, dict) for metrics in data["results"].values())


def is_sample(row: Mapping) -> bool:
    return "doc_id" in row and len(SAMPLE_KEYS & row.keys()) >= 3


def read_lm_eval(data: Mapping, where: str) -> dict[str, Measurement]:
    """One measurement for every metric of every task and group.

    Raises:
        InputError: if a metric holds a text, or the file holds no measurement.
    """
    found = {}
    for task, metrics in data["results"].items():
        if not isinstance(metrics, dict):
            raise InputError(f"{where}: the results of {task!r} are not an object")
        for name, value, stderr in _metrics(metrics, f"{where}: {task}", "configs" not in data):
            if f"{task}/{name}" in found:
                raise InputError(f"{where}: two entries are called {task}/{name}, and only one can be meant")
            found[f"{task}/{name}"] = _measured(data, task, name, value, stderr, where)
    if not found:
        raise InputError(f"{where}: holds no measurement")
    return found | _groups(data, found)


def read_samples(path: Path) -> tuple[str, dict[str, dict[str, float]]]:
    """The task's name (from the file's) and, for each ``metric,filter``, what each prompt scored.

    Raises:
        InputError: if a prompt stands in the file twice for one metric and filter.
    """
    named = FILE_NAME.match(path.stem)
    outcomes: dict[str, dict[str, float]] = {}
    for line, row in json_lines(path):
        if not is_sample(row):
            raise InputError(f"{path}, line {line}: no sample of lm-evaluation-harness")
        prompt = f"{row['doc_id']}:{str(row.get('doc_hash', ''))[:16]}"
        for metric in _sample_metrics(row):
            scored = outcomes.setdefault(f"{metric},{row.get('filter', 'none')}", {})
            if prompt in scored:
                raise InputError(f"{path}, line {line}: the prompt {row['doc_id']!r} appears twice")
            scored[prompt] = float(row[metric]) if _is_share(row[metric]) else math.nan
    return (named["task"] if named else path.stem), outcomes


def join(found: dict[str, Measurement], task: str, outcomes: Mapping, file: str) -> dict[str, Measurement]:
    """The measurements with what the single samples of a task add; samples without results stand alone.

    Raises:
        InputError: if the two do not fit: another number of prompts.
    """
    joined = {}
    alone = not any(name.startswith(f"{task}/") for name in found)
    for metric, scored in outcomes.items():
        name = f"{task}/{metric}"
        if any(math.isnan(outcome) for outcome in scored.values()):
            continue
        if name in found:
            joined[name] = _with_samples(found[name], scored, file)
        elif alone:
            joined[name] = from_outcomes(scored, part=UNKNOWN_SIZE, file=file, read_as=SAMPLES)
    return joined


def _metrics(metrics: Mapping, where: str, old: bool) -> Iterator[tuple[str, float | None, object]]:
    """Name, value and standard error of each metric; 0.3 knew no filters, its names get the modern ``,none``."""
    for key, value in metrics.items():
        metric, comma, chain = key.partition(",")
        if metric.endswith("_stderr") or not (comma or old):
            continue
        stderr = metrics.get(f"{metric}_stderr{comma}{chain}")
        if value == "N/A" or value is None:
            yield f"{metric},{chain or 'none'}", None, stderr
        elif is_number(value) or comma:
            yield f"{metric},{chain or 'none'}", number(value, f"{where}: {key}"), stderr


def _measured(data: Mapping, task: str, name: str, value: float | None, stderr: object, where: str) -> Measurement:
    metric, better = name.partition(",")[0], data.get("higher_is_better")
    said = at(better, task, metric)
    done, part = _size(data, task)
    more = {
        "part": part,
        "higher_is_better": said if isinstance(said, bool) else None,
        "file": where,
        "read_as": READ_AS if "configs" in data else OLD,
    }
    if value is None:
        return Measurement(None, **more)
    return from_statistics(value, done, stderr, metric in ZERO_OR_ONE, **more)


def _size(data: Mapping, task: str) -> tuple[object, str]:
    """How many prompts were answered, and in words whether that is a part."""
    done, total = (at(data.get("n-samples"), task, key) for key in ("effective", "original"))
    if type(done) is int and type(total) is int:
        return done, part_of(done, total)
    limit = at(data.get("config"), "limit")
    return at(data.get("results"), task, "sample_len"), f"run with limit {limit:g}" if is_number(limit) else ""


def _groups(data: Mapping, found: Mapping[str, Measurement]) -> dict[str, Measurement]:
    groups = {}
    for name, measured in found.items():
        task, _, metric = name.partition("/")
        if (leaves := _leaves(data.get("group_subtasks"), task)) != [task] and measured.value is not None:
            parts = [found.get(f"{leaf}/{metric}", Measurement(None)) for leaf in leaves]
            said = {"higher_is_better": measured.higher_is_better, "file": measured.file, "read_as": measured.read_as}
            groups[name] = summed(parts, measured.value, **said)
    return groups


def _leaves(members: object, task: str) -> list[str]:
    """The tasks below a group, each once; a task that is no group is its own."""
    leaves, seen, waiting = [], {task}, [task]
    while waiting:
        one = waiting.pop()
        below = at(members, one)
        if not isinstance(below, list) or not below:
            leaves.append(one)
            continue
        fresh = [name for name in dict.fromkeys(map(str, below)) if name not in seen]
        seen.update(fresh)
        waiting += reversed(fresh)
    return leaves


def _sample_metrics(row: Mapping) -> list[str]:
    named = row.get("metrics")
    if isinstance(named, list):
        return [metric for metric in named if isinstance(metric, str) and metric in row]
    return [metric for metric in row if metric in ZERO_OR_ONE]  # before 0.4.5 a sample did not name its metrics


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _with_samples(measured: Measurement, scored: Mapping[str, float], file: str) -> Measurement:
    if measured.asked not in (None, len(scored)):
        raise InputError(f"{file}: holds {len(scored)} of the {measured.asked} prompts that {measured.file} counts")
    own = from_outcomes(scored)
    if measured.value is None or not math.isclose(own.value, measured.value, abs_tol=1e-6):
        bare = replace(measured, k=None, n=None)
        return bare.noting(f"its samples give {own.value:.4g}, so they are not used, and neither are its counts")
    part = measured.part or ("" if measured.asked else UNKNOWN_SIZE)
    return replace(measured, k=own.k, n=own.n, outcomes=own.outcomes, part=part)


def at(data: object, *keys: str) -> object:
    """What stands under these keys, or None."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data
