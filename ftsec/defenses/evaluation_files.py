"""Measurements from files, each recognised by its content: plain JSON, lm-evaluation-harness, Inspect."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.evaluation_archive import read_inspect_zip
from ftsec.defenses.evaluation_inspect import is_inspect, read_inspect
from ftsec.defenses.evaluation_lm_eval import is_lm_eval, is_sample, join, read_lm_eval, read_samples
from ftsec.defenses.measured import Measurement, parse_measurements
from ftsec.defenses.strict import BOM, json_lines, opened, read_bytes, strict_json

# what a log raises whose parts have other types than its maker documents
OTHER_FORM = (AttributeError, KeyError, TypeError, IndexError, OverflowError, RecursionError)
START = 1 << 16


def load_measurements(paths: Iterable[Path]) -> dict[str, Measurement]:
    """All measurements of one or several files, by name; samples are joined to the results that they belong to.

    Raises:
        InputError: if a file cannot be understood, or two files give the same measurement.
    """
    found: dict[str, Measurement] = {}
    samples = []
    for path in paths:
        if holds_samples(path):
            samples.append(path)
            continue
        for name, measurement in _read(path).items():
            if name in found:
                raise InputError(f"{path}: {name!r} was already given by {found[name].file}")
            found[name] = measurement
    return found | _joined(found, samples)


def holds_samples(path: Path) -> bool:
    """Whether a file holds samples of lm-evaluation-harness, one a line."""
    with opened(path) as stream:
        start = stream.read(START).removeprefix(BOM).lstrip()
    # looked for as text first: the first line may be longer than what was read
    if not start.startswith(b"{") or not re.search(rb'"doc_id"\s*:', start):
        return False
    try:
        return is_sample(next(json_lines(path))[1])
    except InputError:
        return False


def _joined(found: dict[str, Measurement], samples: list[Path]) -> dict[str, Measurement]:
    joined: dict[str, Measurement] = {}
    for path in samples:
        task, outcomes = _in_form(path, read_samples)
        for name, measurement in join(found, task, outcomes, str(path)).items():
            if name in joined:
                raise InputError(f"{path}: {name!r} was already given by another file of samples")
            joined[name] = measurement
    return joined


def _read(path: Path) -> dict[str, Measurement]:
    return _in_form(path, _parse)


def _in_form(path: Path, read) -> object:
    try:
        return read(path)
    except OTHER_FORM:
        raise InputError(f"{path}: looks like an evaluation log and does not have its form") from None


def _parse(path: Path) -> dict[str, Measurement]:
    content, where = read_bytes(path).removeprefix(BOM), str(path)
    if not content.strip():
        raise InputError(f"{path}: empty")
    if content[:2] == b"PK":  # an Inspect .eval log is a ZIP archive
        return read_inspect_zip(content, where)
    data = strict_json(content, where)
    if is_lm_eval(data):
        return read_lm_eval(data, where)
    return read_inspect(data, where) if is_inspect(data) else parse_measurements(data, where)
