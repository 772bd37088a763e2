"""Gates from TOML, measurements from JSON: our plain form, lm-evaluation-harness results, Inspect logs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.evaluation_logs import is_inspect, is_lm_eval, read_inspect, read_inspect_zip, read_lm_eval
from ftsec.defenses.gates import CONFIDENCE, Gate, Measurement
from ftsec.defenses.strict import MEBIBYTE, read_bytes, strict_json

DEFAULT_GATES = Path(__file__).with_name("data") / "gates.toml"
GATE_KEYS = {
    "name": str,
    "stage": str,
    "direction": str,
    "threshold": (int, float),
    "blocking": bool,
    "range": list,
    "counts": bool,
    "measurement": str,
    "meaning": str,
}
REQUIRED = ("name", "stage", "direction", "threshold")
MEASUREMENT_KEYS = {"value", "k", "n", "outcomes"}


def load_gates(path: Path = DEFAULT_GATES) -> tuple[list[Gate], float]:
    """The gates of a TOML file and the confidence of their bounds.

    Raises:
        InputError: at an unknown key, a missing one, a wrong type, or a name that appears twice.
    """
    try:
        data = tomllib.loads(read_bytes(path, MEBIBYTE).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise InputError(f"{path}: not valid TOML ({bad})") from None
    unknown = sorted(set(data) - {"confidence", "gate"})
    if unknown or not isinstance(data.get("gate"), list):
        what = f"unknown key {unknown[0]!r}" if unknown else "no [[gate]]"
        raise InputError(f"{path}: {what}; a gate file has an optional confidence and one [[gate]] for each gate")
    gates = [_gate(row, f"{path}, gate {number}") for number, row in enumerate(data["gate"], 1)]
    names = [gate.name for gate in gates]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: the gate {twice[0]!r} appears twice")
    return gates, _number(data.get("confidence", CONFIDENCE), f"{path}: confidence")


def load_measurements(paths: Iterable[Path]) -> dict[str, Measurement]:
    """All measurements of one or several files, by name.

    Raises:
        InputError: if a file cannot be understood, or two files give the same measurement.
    """
    found: dict[str, Measurement] = {}
    for path in paths:
        for name, measurement in _read(path).items():
            if name in found:
                raise InputError(f"{path}: {name!r} was already given by another file")
            found[name] = measurement
    return found


def parse_measurements(data: Mapping[str, object], where: str) -> dict[str, Measurement]:
    """Measurements of the plain form: ``name: number``, ``{"k": 2, "n": 100}``, ``{"outcomes": {"id": 0 or 1}}``."""
    return {name: _measurement(value, f"{where}: {name}") for name, value in data.items()}


def _read(path: Path) -> dict[str, Measurement]:
    content = read_bytes(path)
    if not content.strip():
        raise InputError(f"{path}: empty")
    try:
        return _parse(content, path)
    except (AttributeError, KeyError, TypeError):  # a log whose parts have other types than its maker documents
        raise InputError(f"{path}: looks like an evaluation log and does not have its form") from None


def _parse(content: bytes, path: Path) -> dict[str, Measurement]:
    if content[:2] == b"PK":  # an Inspect .eval log is a ZIP archive
        return read_inspect_zip(content, str(path))
    data = strict_json(content, str(path))
    if is_lm_eval(data):
        return read_lm_eval(data, str(path))
    return read_inspect(data, str(path)) if is_inspect(data) else parse_measurements(data, str(path))


def _gate(row: object, where: str) -> Gate:
    if not isinstance(row, dict):
        raise InputError(f"{where}: must be a table")
    for key, value in row.items():
        kind = GATE_KEYS.get(key)
        if kind is None:
            raise InputError(f"{where}: unknown key {key!r}; allowed are {', '.join(GATE_KEYS)}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{where}: {key} has the wrong type, got {value!r}")
    if missing := [key for key in REQUIRED if key not in row]:
        raise InputError(f"{where}: {missing[0]} is missing")
    low, high = _range(row.pop("range", None), where)
    return Gate(**row, low=low, high=high)


def _range(value: list | None, where: str) -> tuple[float, float]:
    if value is None:
        return Gate.low, Gate.high
    if len(value) != 2:
        raise InputError(f"{where}: range must be [lowest, highest]")
    low, high = (_number(bound, f"{where}: range") for bound in value)
    if not low < high:
        raise InputError(f"{where}: range must be [lowest, highest], got {value!r}")
    return low, high


def _measurement(value: object, where: str) -> Measurement:
    if value is None:
        return Measurement(None)
    if not isinstance(value, dict):
        return Measurement(_number(value, where))
    if unknown := sorted(set(value) - MEASUREMENT_KEYS):
        raise InputError(f"{where}: unknown key {unknown[0]!r}; allowed are {', '.join(sorted(MEASUREMENT_KEYS))}")
    if "outcomes" in value:
        return _from_outcomes(value, where)
    if "k" in value or "n" in value:
        return _from_counts(value.get("k"), value.get("n"), where)
    return _measurement(value.get("value"), where)


def _from_outcomes(value: dict, where: str) -> Measurement:
    outcomes = value["outcomes"]
    if len(value) > 1 or not isinstance(outcomes, dict) or not outcomes:
        raise InputError(f'{where}: outcomes stand alone, as {{"prompt id": 0 or 1, …}}')
    if any(outcome not in (0, 1) for outcome in outcomes.values()):
        raise InputError(f"{where}: an outcome is 0 or 1")
    hits = {prompt: bool(outcome) for prompt, outcome in outcomes.items()}
    k, n = sum(hits.values()), len(hits)
    return Measurement(k / n, k, n, hits)


def _from_counts(k: object, n: object, where: str) -> Measurement:
    whole = all(isinstance(count, int) and not isinstance(count, bool) for count in (k, n))
    if not whole or not 0 <= k <= n or n == 0:
        raise InputError(f"{where}: k and n must be whole numbers with 0 <= k <= n and n > 0, got {k!r} of {n!r}")
    return Measurement(k / n, k, n)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}: must be a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise InputError(f"{where}: the number is too large") from None
