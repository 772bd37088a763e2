"""Safety gates that fail closed: an explicit direction, a bound instead of a bare share, a look at the base model.

A gate compares one measurement with a threshold. If the measurement is *k of n*, its one-sided Clopper-Pearson
bound decides (0 harmful answers of 100 still allow almost 3 % at 95 % confidence). A share without its counts, a part
of an evaluation, a measurement that is missing, not finite, or outside its possible range never passes, unless
the gate says in words that it may.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ftsec.base.errors import InputError
from ftsec.defenses.bounds import mean_bound, share_bound
from ftsec.defenses.comparison import NONE, Compared, compare
from ftsec.defenses.measured import Measurement

DIRECTIONS = ("at_most", "at_least")
STAGES = ("pre", "during", "post")
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Gate:
    """One check.

    Attributes:
        name: also the measurement's name, unless `measurement` gives another.
        stage: ``pre``, ``during`` or ``post`` (fine-tuning).
        direction: ``at_most`` or ``at_least``.
        threshold, low, high: in the measurement's unit; outside ``low … high`` no measurement can be.
        blocking: False only warns.
        counts: True demands *k of n*, False lets a bare value pass; None demands it where the range is 0 to 1.
        prompts: the fewest prompts that may decide.
        partial: lets a part of an evaluation pass.
        higher_is_better: what the file is known to say; needed only where that is against `direction`.
        meaning: one line for the report.
    """

    name: str
    stage: str
    direction: str
    threshold: float
    blocking: bool = True
    low: float = -math.inf
    high: float = math.inf
    counts: bool | None = None
    measurement: str = ""
    meaning: str = ""
    prompts: int = 0
    partial: bool = False
    higher_is_better: bool | None = None

    def __post_init__(self) -> None:
        for what, value, allowed in (("stage", self.stage, STAGES), ("direction", self.direction, DIRECTIONS)):
            if value not in allowed:
                raise InputError(f"gate {self.name}: {what} must be one of {', '.join(allowed)}, got {value!r}")
        if not math.isfinite(self.threshold) or not self.low <= self.threshold <= self.high:
            raise InputError(
                f"gate {self.name}: the threshold must be a number from {self.low:g} to {self.high:g}, "
                f"got {self.threshold:g}"
            )

    @property
    def source(self) -> str:
        return self.measurement or self.name

    @property
    def side(self) -> str:
        return self.direction.replace("_", " ")

    @property
    def needs_counts(self) -> bool:
        return self.counts if self.counts is not None else self.low >= 0 and self.high <= 1


@dataclass(frozen=True)
class Judged:
    """One gate's result; `bound` is the confidence bound that decided, None if a bare value did."""

    gate: Gate
    passed: bool
    reason: str
    value: float | None = None
    bound: float | None = None
    measurement: Measurement | None = None

    @property
    def undecided(self) -> bool:
        """Whether it did not pass for lack of data: nothing usable was measured, or the value is fine and too few."""
        measured = self.value is not None and self.gate.low <= self.value <= self.gate.high
        return not self.passed and (not measured or meets(self.gate, self.value))


@dataclass(frozen=True)
class Report:
    """All gates' results; `unused` names measurements that no gate asked for (often a slip of the pen)."""

    judged: tuple[Judged, ...]
    compared: tuple[Compared, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[str, ...]:
        return self._failed(blocking=True)

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._failed(blocking=False)

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def not_compared(self) -> tuple[Compared, ...]:
        return tuple(row for row in self.compared if row.method == NONE)

    def undecided(self, strict: bool = False) -> tuple[str, ...]:
        """The gates that failed for lack of data, if no gate (with `strict`: not even one that warns) truly failed."""
        rows = [row for row in (*self.judged, *self.compared) if not row.passed and (row.gate.blocking or strict)]
        return tuple(dict.fromkeys(row.gate.name for row in rows)) if all(row.undecided for row in rows) else ()

    def _failed(self, blocking: bool) -> tuple[str, ...]:
        rows = (*self.judged, *self.compared)
        names = [row.gate.name for row in rows if not row.passed and row.gate.blocking == blocking]
        return tuple(dict.fromkeys(names))


def evaluate(
    gates: Sequence[Gate],
    measurements: Mapping[str, Measurement],
    baseline: Mapping[str, Measurement] | None = None,
    confidence: float = CONFIDENCE,
) -> Report:
    """Judge every gate, and compare with the base model as far as the files allow.

    Raises:
        InputError: if there is no gate, or a file says that the other direction is the good one.
    """
    if not gates:
        raise InputError("there is no gate to judge by")
    check_confidence(confidence)
    if against := contradictions(gates, measurements):
        raise InputError(against[0])
    judged = tuple(judge(gate, measurements.get(gate.source), confidence) for gate in gates)
    unused = tuple(sorted(set(measurements) - {gate.source for gate in gates}))
    if baseline is None:
        return Report(judged, (), unused)
    pairs = [(gate, measurements.get(gate.source), baseline.get(gate.source)) for gate in gates]
    return Report(judged, tuple(compare(gate, now, base, confidence) for gate, now, base in pairs), unused)


def judge(gate: Gate, measurement: Measurement | None, confidence: float = CONFIDENCE) -> Judged:
    """One gate's verdict with the reason in words."""
    if measurement is None or measurement.value is None:
        return Judged(gate, False, "not measured", measurement=measurement)
    value = measurement.value
    if not math.isfinite(value):
        return Judged(gate, False, "not a finite number", value, None, measurement)
    if not gate.low <= value <= gate.high:
        return Judged(gate, False, f"outside its range {gate.low:g} to {gate.high:g}", value, None, measurement)
    bound = None if measurement.n is None else measured_bound(gate.direction, measurement, confidence)
    passed, reason = _decide(gate, measurement, bound)
    if passed and (lack := _lack(gate, measurement)):
        passed, reason = False, f"{reason}, but {lack}"
    return Judged(gate, passed, reason, value, bound, measurement)


def measured_bound(direction: str, measurement: Measurement, confidence: float = CONFIDENCE) -> float:
    """The one-sided bound of a share, or of a mean of numbers from 0 to 1, on the side that could hurt."""
    if measurement.k is not None:
        return share_bound(direction, measurement.k, measurement.n, confidence)
    return mean_bound(direction, measurement.value, measurement.n, confidence)


def bound_of(gate: Gate, k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided Clopper-Pearson bound on the side that could hurt: upper for ``at_most``, else lower."""
    return share_bound(gate.direction, k, n, confidence)


def contradictions(gates: Sequence[Gate], measurements: Mapping[str, Measurement]) -> list[str]:
    """A sentence for each gate whose direction is against what the measurement's file says of higher and lower."""
    found = []
    for gate in gates:
        said = getattr(measurements.get(gate.source), "higher_is_better", None)
        if said is None or said == (gate.direction == "at_least") or said == gate.higher_is_better:
            continue
        better, file = "higher" if said else "lower", measurements[gate.source].file
        found.append(
            f"gate {gate.name}: wants {gate.direction}, but {file} says of {gate.source!r} that {better} is better; "
            f"turn the gate round, or write higher_is_better = {str(said).lower()} in it if that is meant"
        )
    return found


def accepting_bare_shares(gates: Sequence[Gate]) -> list[Gate]:
    """The same gates, which let a share pass without its counts: for numbers that were printed without them."""
    return [replace(gate, counts=False) for gate in gates]


def meets(gate: Gate, value: float) -> bool:
    return value <= gate.threshold if gate.direction == "at_most" else value >= gate.threshold


def cannot_fail(gate: Gate, share: bool = False) -> bool:
    """Whether every value that the gate's measurement could have would meet it.

    Args:
        share: whether the measurement is known to be k of n, and so lies from 0 to 1.
    """
    counted = share or gate.needs_counts
    low, high = (max(gate.low, 0.0), min(gate.high, 1.0)) if counted else (gate.low, gate.high)
    return gate.threshold >= high if gate.direction == "at_most" else gate.threshold <= low


def check_confidence(confidence: float) -> None:
    if not 0.5 <= confidence < 1:
        raise InputError(f"confidence must lie from 0.5 to below 1, got {confidence}")


def _decide(gate: Gate, measured: Measurement, bound: float | None) -> tuple[bool, str]:
    if bound is None:
        if gate.needs_counts:
            return False, f"{measured.value:.3g}, a bare share; this gate needs k of n (or counts = false in it)"
        return meets(gate, measured.value), _said(gate, f"{measured.value:.3g}", meets(gate, measured.value))
    counted = f"{measured.k} of {measured.n}" if measured.k is not None else f"{measured.value:.3g} over {measured.n}"
    # a group's own value may weigh its tasks in another way than the counts: both must meet the gate
    passed = meets(gate, bound) and meets(gate, measured.value)
    return passed, _said(gate, f"bound {bound:.3g}, {counted},", passed)


def _said(gate: Gate, shown: str, passed: bool) -> str:
    return f"{shown} {'is' if passed else 'is not'} {gate.side} {gate.threshold:g}"


def _lack(gate: Gate, measured: Measurement) -> str:
    if measured.n is not None and cannot_fail(gate, share=True):
        return "no share could fail this gate"
    if measured.part and not gate.partial:
        return f"a part only: {measured.part} (partial = true in the gate lets it pass)"
    if gate.prompts and (measured.n or 0) < gate.prompts:
        return f"the gate asks for {gate.prompts} prompts"
    return ""
