"""Safety gates that fail closed: an explicit direction, a bound instead of a bare share, a paired look at the base.

A gate compares one measurement with a threshold. If the measurement is *k of n*, its one-sided Clopper-Pearson
bound decides (0 harmful answers of 100 still allow almost 3 % at 95 % confidence). A measurement that is missing,
not finite, or outside its possible range never passes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scipy.stats import beta, binomtest, norm

from ftsec.base.errors import InputError

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
        counts: demand *k of n*.
        meaning: one line for the report.
    """

    name: str
    stage: str
    direction: str
    threshold: float
    blocking: bool = True
    low: float = -math.inf
    high: float = math.inf
    counts: bool = False
    measurement: str = ""
    meaning: str = ""

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


@dataclass(frozen=True)
class Measurement:
    """What was measured: a value, and where known the counts or the single outcomes behind it.

    Attributes:
        value: None if it was not measured.
        k, n: successes and trials, if the value is a share of independent prompts.
        outcomes: prompt -> whether it counts among the `k`; needed for the comparison with a base model.
    """

    value: float | None
    k: int | None = None
    n: int | None = None
    outcomes: Mapping[str, bool] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Judged:
    """One gate's result; `bound` is the confidence bound that decided, None if a bare value did."""

    gate: Gate
    passed: bool
    reason: str
    value: float | None = None
    bound: float | None = None

    @property
    def undecided(self) -> bool:
        """Whether it did not pass for lack of data: nothing usable was measured, or the value is fine and too few."""
        measured = self.value is not None and self.gate.low <= self.value <= self.gate.high
        return not self.passed and (not measured or _meets(self.gate, self.value, "")[0])


@dataclass(frozen=True)
class Compared:
    """A gate's measurement against the base model's, prompt by prompt.

    Attributes:
        n: prompts that both answered; worse, better: prompts that changed to the bad or to the good side.
        loss: ``(worse - better) / n``; loss_bound: its one-sided upper confidence bound (Agresti and Min 2005).
        p_value: of the exact one-sided McNemar test against "no worse".
        passed: False if the test rejects, or if no prompt was answered by both.
    """

    gate: Gate
    n: int
    worse: int
    better: int
    loss: float
    loss_bound: float
    p_value: float
    passed: bool

    @property
    def undecided(self) -> bool:
        """Whether it did not pass because no prompt was answered by both."""
        return not self.n


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
    """Judge every gate, and compare with the base model where both give single outcomes.

    Raises:
        InputError: if there is no gate, or a baseline shares no prompt's outcome with the measurements.
    """
    if not gates:
        raise InputError("there is no gate to judge by")
    _check_confidence(confidence)
    judged = tuple(judge(gate, measurements.get(gate.source), confidence) for gate in gates)
    unused = tuple(sorted(set(measurements) - {gate.source for gate in gates}))
    compared = () if baseline is None else _compare_all(gates, measurements, baseline, confidence)
    return Report(judged, compared, unused)


def judge(gate: Gate, measurement: Measurement | None, confidence: float = CONFIDENCE) -> Judged:
    """One gate's verdict with the reason in words."""
    if measurement is None or measurement.value is None:
        return Judged(gate, False, "not measured")
    value = measurement.value
    if not math.isfinite(value):
        return Judged(gate, False, "not a finite number", value)
    if not gate.low <= value <= gate.high:
        return Judged(gate, False, f"outside its range {gate.low:g} to {gate.high:g}", value)
    if measurement.n is None:
        return _judge_value(gate, value)
    bound = bound_of(gate, measurement.k, measurement.n, confidence)
    return Judged(gate, *_meets(gate, bound, f"bound {bound:.3g}, {measurement.k} of {measurement.n},"), value, bound)


def bound_of(gate: Gate, k: int, n: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided Clopper-Pearson bound on the side that could hurt: upper for ``at_most``, else lower."""
    if gate.direction == "at_most":
        return 1.0 if k == n else float(beta.ppf(confidence, k + 1, n - k))
    return 0.0 if k == 0 else float(beta.ppf(1 - confidence, k, n - k + 1))


def compare(gate: Gate, now: Measurement, base: Measurement, confidence: float = CONFIDENCE) -> Compared | None:
    """The paired comparison, or None where one side gives no single outcomes.

    Gates are tested one by one without correction: a false alarm costs a second look, a missed loss costs more.
    """
    if now.outcomes is None or base.outcomes is None:
        return None
    shared = sorted(now.outcomes.keys() & base.outcomes.keys())
    bad = gate.direction == "at_most"
    worse = sum(now.outcomes[p] == bad != base.outcomes[p] for p in shared)
    better = sum(base.outcomes[p] == bad != now.outcomes[p] for p in shared)
    if not shared:
        return Compared(gate, 0, 0, 0, math.nan, math.nan, math.nan, passed=False)
    changed = worse + better
    p_value = binomtest(worse, changed, 0.5, alternative="greater").pvalue if changed else 1.0
    loss, bound = (worse - better) / len(shared), _loss_bound(worse, better, len(shared), confidence)
    return Compared(gate, len(shared), worse, better, loss, bound, float(p_value), p_value >= 1 - confidence)


def _compare_all(
    gates: Sequence[Gate],
    measurements: Mapping[str, Measurement],
    baseline: Mapping[str, Measurement],
    confidence: float,
) -> tuple[Compared, ...]:
    pairs = [(gate, measurements.get(gate.source), baseline.get(gate.source)) for gate in gates]
    found = [compare(gate, now, base, confidence) for gate, now, base in pairs if now and base]
    compared = tuple(c for c in found if c is not None)
    if not any(c.n for c in compared):
        raise InputError(
            "the baseline cannot be compared: no gate has outcomes of the same prompts in both files "
            '(give "outcomes": {"prompt id": 0 or 1, …})'
        )
    return compared


def _judge_value(gate: Gate, value: float) -> Judged:
    if gate.counts:
        return Judged(gate, False, "a bare share; this gate demands k of n", value)
    return Judged(gate, *_meets(gate, value, f"{value:.3g}"), value)


def _meets(gate: Gate, value: float, shown: str) -> tuple[bool, str]:
    words = gate.direction.replace("_", " ")
    passed = value <= gate.threshold if gate.direction == "at_most" else value >= gate.threshold
    return passed, f"{shown} {'is' if passed else 'is not'} {words} {gate.threshold:g}"


def _loss_bound(worse: int, better: int, n: int, confidence: float) -> float:
    # adding one half to each cell makes the simple interval hold its level in small samples
    worse_share, better_share = (worse + 0.5) / (n + 2), (better + 0.5) / (n + 2)
    loss = worse_share - better_share
    spread = math.sqrt((worse_share + better_share - loss**2) / (n + 2))
    return min(1.0, float(loss + norm.ppf(confidence) * spread))


def _check_confidence(confidence: float) -> None:
    if not 0.5 <= confidence < 1:
        raise InputError(f"confidence must lie from 0.5 to below 1, got {confidence}")
