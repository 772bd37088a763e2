"""The policy: what a team decided before it looked, read from TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.bounds import strictest
from ftsec.defenses.canary_scores import check_limit
from ftsec.defenses.gate_files import parse_gate
from ftsec.defenses.gates import CONFIDENCE, Gate, check_confidence
from ftsec.defenses.measured import number, shown
from ftsec.defenses.strict import MEBIBYTE, read_bytes

KINDS = ("safety", "over-refusal", "capability", "other")
READS = ("whole", "start", "keywords")
LARGEST_MARGIN = 0.5  # a model that loses half of its prompts is another model
OWN = ("kind", "reads", "instrument", "margin")
KEYS = {"policy", "name", "version", "decided", "confidence", "evidence", "base", "terms", "canaries_at_most"}
KEYS |= {"canary_rows", "gate"}


@dataclass(frozen=True)
class Rule:
    """A gate with what an audit asks beside it.

    Attributes:
        kind: safety, over-refusal, capability or other.
        reads: what of an answer the instrument reads: the whole, its start, or keywords.
        instrument: a name; two rules of one name count as one instrument.
        margin: the loss against the base model that is accepted.
    """

    gate: Gate
    kind: str
    reads: str
    instrument: str
    margin: float


@dataclass(frozen=True)
class Policy:
    """All that was decided. Without a file it is empty: then nothing can pass."""

    name: str = ""
    version: str = ""
    decided: date | None = None
    confidence: float = CONFIDENCE
    evidence: dict[str, int] = field(default_factory=dict)
    base: dict[str, int] = field(default_factory=dict)
    terms: tuple[str, ...] = ()
    canaries_at_most: float | None = None
    canary_rows: int | None = None
    rules: tuple[Rule, ...] = ()

    def __str__(self) -> str:
        day = self.decided or "on no day"
        return f"policy {self.name}, version {self.version}, decided {day}" if self.name else "no policy"


def load_policy(path: Path) -> Policy:
    """Read a policy.

    Raises:
        InputError: at an unknown key, a wrong type, or a threshold that its own number of prompts cannot decide.
    """
    try:
        data = tomllib.loads(read_bytes(path, MEBIBYTE).decode())
    except (ValueError, RecursionError) as bad:
        raise InputError(f"{path}: not valid TOML ({str(bad).splitlines()[0][:200]})") from None
    if unknown := sorted(set(data) - KEYS):
        raise InputError(f"{path}: unknown key {shown(unknown[0])}; allowed are {', '.join(sorted(KEYS))}")
    if data.get("policy") != 1 or not isinstance(data.get("gate"), list):
        raise InputError(f"{path}: a policy begins with policy = 1 and has one [[gate]] for each gate")
    confidence = number(data.get("confidence", CONFIDENCE), f"{path}: confidence")
    check_confidence(confidence)
    rules = tuple(_rule(row, f"{path}, gate {at}", confidence) for at, row in enumerate(data["gate"], 1))
    names = [rule.gate.name for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: the gate {twice[0]!r} appears twice")
    return Policy(
        _text(data, "name", path), _text(data, "version", path), _day(data.get("decided"), path), confidence,
        _counts(data, "evidence", path), _counts(data, "base", path), _terms(data.get("terms", []), path),
        _bits(data, "canaries_at_most", path),
        _count(data, "canary_rows", path), rules,
    )  # fmt: skip


def undecidable(gate: Gate, confidence: float) -> str:
    """Why no run with the gate's number of prompts could pass it; empty if one could."""
    if not gate.prompts or not gate.needs_counts:
        return ""
    best = strictest(gate.direction, gate.prompts, confidence)
    beyond = best > gate.threshold if gate.direction == "at_most" else best < gate.threshold
    return f"with {gate.prompts} prompts {gate.direction} {best:.4g} is the strictest that can pass" if beyond else ""


def _rule(row: object, where: str, confidence: float) -> Rule:
    if not isinstance(row, dict):
        raise InputError(f"{where}: must be a table")
    gate = parse_gate({key: value for key, value in row.items() if key not in OWN}, where)
    kind, reads, instrument = (row.get(key, "") for key in OWN[:3])
    if kind not in KINDS or (kind == "safety" and reads not in READS) or not isinstance(instrument, str):
        raise InputError(f"{where}: needs kind = one of {', '.join(KINDS)}; safety also reads = {', '.join(READS)}")
    if why := undecidable(gate, confidence):
        raise InputError(f"{where}: its threshold {gate.threshold:g} cannot be decided: {why}")
    margin = number(row.get("margin", 0), f"{where}: margin")
    if not 0 <= margin < LARGEST_MARGIN:
        raise InputError(f"{where}: margin must lie from 0 to below {LARGEST_MARGIN:g}, or hardly a loss could fail it")
    return Rule(gate, kind, reads, instrument, margin)


def _text(data: dict, key: str, path: Path) -> str:
    if not isinstance(data.get(key), str) or not data[key].strip():
        raise InputError(f"{path}: {key} must be a text")
    return data[key]


def _day(value: object, path: Path) -> date:
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise InputError(f"{path}: decided must be a day, for example 2026-01-31")
    return value


def _counts(data: dict, key: str, path: Path) -> dict[str, int]:
    table = data.get(key, {})
    if not isinstance(table, dict) or any(type(count) is not int or count < 1 for count in table.values()):
        raise InputError(f'{path}: [{key}] gives for names of files how many there must be, like "eval/*.json" = 2')
    return table


def _count(data: dict, key: str, path: Path) -> int | None:
    if key in data and (type(data[key]) is not int or data[key] < 1):
        raise InputError(f"{path}: {key} must be a whole number from 1 on")
    return data.get(key)


def _bits(data: dict, key: str, path: Path) -> float | None:
    return check_limit(number(data[key], f"{path}: {key}"), f"{path}: {key}") if key in data else None


def _terms(value: object, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(term, str) and term.strip() for term in value):
        raise InputError(f"{path}: terms must be a list of texts")
    return tuple(value)
