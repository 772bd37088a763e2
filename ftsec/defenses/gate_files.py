"""Gates from TOML: read, and written with the names that a file of results has."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.bounds import strictest
from ftsec.defenses.gates import CONFIDENCE, Gate, accepting_bare_shares, cannot_fail
from ftsec.defenses.measured import Measurement, number, shown
from ftsec.defenses.strict import MEBIBYTE, read_bytes

DEFAULT_GATES = Path(__file__).with_name("data") / "gates.toml"
KINDS = {
    "name": str,
    "stage": str,
    "direction": str,
    "threshold": (int, float),
    "blocking": bool,
    "range": list,
    "counts": bool,
    "measurement": str,
    "meaning": str,
    "prompts": int,
    "partial": bool,
    "higher_is_better": bool,
}
REQUIRED = ("name", "stage", "direction", "threshold")
HEAD = """\
# Gates for the measurements of {files}, written by `ftsec gate init`.
# Decide every threshold (and every empty direction) before you look at the numbers of the tuned model; until then
# `ftsec gate` refuses the file. What each key means: the comments of the gates that come with ftsec, chapter 06.

confidence = {confidence:g} # of the one-sided bound on "k of n"
"""


def load_gates(path: Path | str = DEFAULT_GATES, bare: bool = False) -> tuple[list[Gate], float]:
    """The gates of a TOML file and the confidence of their bounds.

    Args:
        path: the file.
        bare: let shares pass without their counts, for numbers that were printed without them.

    Raises:
        InputError: at an unknown key, a missing one, a wrong type, or a name that appears twice.
    """
    path = Path(path)
    try:
        data = tomllib.loads(read_bytes(path, MEBIBYTE).decode())
    except (ValueError, RecursionError) as bad:  # not UTF-8, not TOML, a number of thousands of digits
        raise InputError(f"{path}: not valid TOML ({str(bad).splitlines()[0][:200]})") from None
    unknown = sorted(set(data) - {"confidence", "gate"})
    if unknown or not isinstance(data.get("gate"), list):
        what = f"unknown key {shown(unknown[0])}" if unknown else "no [[gate]]"
        raise InputError(f"{path}: {what}; a gate file has an optional confidence and one [[gate]] for each gate")
    gates = [parse_gate(row, f"{path}, gate {position}") for position, row in enumerate(data["gate"], 1)]
    names = [gate.name for gate in gates]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: the gate {twice[0]!r} appears twice")
    confidence = number(data.get("confidence", CONFIDENCE), f"{path}: confidence")
    return (accepting_bare_shares(gates) if bare else gates), confidence


def gates_for(measurements: Mapping[str, Measurement], files: str, confidence: float = CONFIDENCE) -> str:
    """A gate file with one gate for every measurement, the thresholds left open.

    The direction is the file's own word, or left open too: a guess would turn a gate round.
    """
    head = HEAD.format(files=_one_line(files), confidence=confidence)
    return "\n".join([head, *(_entry(name, one, confidence) for name, one in measurements.items())])


def _entry(name: str, measured: Measurement, confidence: float) -> str:
    better = measured.higher_is_better
    direction = "" if better is None else "at_least" if better else "at_most"
    lines = [
        "[[gate]]",
        f"name = {toml_text(name)}",
        'stage = "post"',
        f'direction = "{direction}"' + (" # the file's own word" if direction else ' # "at_most" or "at_least"?'),
        f"threshold = nan # decide{_decidable(measured, confidence)}",
    ]
    if measured.value is not None and 0 <= measured.value <= 1:
        lines.append("range = [0.0, 1.0]")
    if measured.n:
        lines.append(f"prompts = {measured.n}")
    lines += [f"# {_one_line(note)}" for note in _notes(measured)]
    return "\n".join(lines) + "\n"


def _decidable(measured: Measurement, confidence: float) -> str:
    if not measured.n:
        return ""
    low, high = (strictest(side, measured.n, confidence) for side in ("at_most", "at_least"))
    low, high = math.ceil(low * 1e4) / 1e4, math.floor(high * 1e4) / 1e4  # rounded to what can pass
    return f"; with {measured.n} prompts at_most {low:g} or at_least {high:g} is the strictest that can pass"


def _notes(measured: Measurement) -> list[str]:
    lacks = [] if measured.n else ["without k of n: write counts = false to let the bare value pass"]
    parts = [f"a part only ({measured.part}): write partial = true to let it pass"] if measured.part else []
    return [*lacks, *parts, *measured.notes]


def toml_text(text: str) -> str:
    """A text as TOML writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{_code(c):08X}" for c in escaped) + '"'


def _code(character: str) -> int:
    code = ord(character)
    return 0xFFFD if 0xD800 <= code <= 0xDFFF else code  # half a character has no place in TOML


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def parse_gate(row: object, where: str) -> Gate:
    """One gate of a TOML file.

    Raises:
        InputError: at an unknown key, a missing one or a wrong type.
    """
    if not isinstance(row, dict):
        raise InputError(f"{where}: must be a table")
    for key, value in row.items():
        kind = KINDS.get(key)
        if kind is None:
            raise InputError(f"{where}: unknown key {shown(key)}; allowed are {', '.join(KINDS)}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{where}: {key} has the wrong type, got {shown(value)}")
    if missing := [key for key in REQUIRED if key not in row]:
        raise InputError(f"{where}: {missing[0]} is missing")
    low, high = _range(row.get("range"), where)
    given = {key: value for key, value in row.items() if key != "range"}
    gate = Gate(**{**given, "threshold": number(row["threshold"], f"{where}: threshold")}, low=low, high=high)
    if row.get("prompts", 1) < 1:
        raise InputError(f"{where}: prompts must be 1 or more, got {row['prompts']}")
    if cannot_fail(gate):
        raise InputError(f"{where}: this gate cannot fail, every possible value is {gate.side} {gate.threshold:g}")
    return gate


def _range(value: list | None, where: str) -> tuple[float, float]:
    if value is None:
        return Gate.low, Gate.high
    if len(value) != 2:
        raise InputError(f"{where}: range must be [lowest, highest]")
    low, high = (number(bound, f"{where}: range") for bound in value)
    if not low < high:
        raise InputError(f"{where}: range must be [lowest, highest], got {shown(value)}")
    return low, high
