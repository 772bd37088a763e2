"""A gate's measurement against the base model's: prompt by prompt, by two shares, or not at all and why not."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scipy.stats import binomtest

from ftsec.defenses import bounds
from ftsec.defenses.measured import Measurement

if TYPE_CHECKING:
    from ftsec.defenses.gates import Gate

PAIRED, SHARES, NONE = "prompt by prompt", "two shares", "not compared"


@dataclass(frozen=True)
class Compared:
    """How much worse than the base model, and how sure that is.

    Attributes:
        method: ``prompt by prompt``, ``two shares`` or ``not compared``.
        n, n_base: prompts of the two (prompt by prompt: those that both answered).
        worse, better: prompts that changed to the bad or to the good side (prompt by prompt alone).
        loss: in the direction that hurts; loss_bound: its one-sided upper confidence bound.
        p_value: of an exact one-sided test against "no worse" (sign test, or Fisher's).
        passed: False if the test rejects, or if the two did not answer the same prompts.
        reason: why it was not compared, or what does not fit.
    """

    gate: Gate
    method: str
    passed: bool
    n: int = 0
    n_base: int = 0
    worse: int = 0
    better: int = 0
    loss: float = math.nan
    loss_bound: float = math.nan
    p_value: float = math.nan
    reason: str = ""

    @property
    def undecided(self) -> bool:
        """Whether it did not pass for lack of data alone, not because the test rejects."""
        return not self.passed and bool(self.reason)


def compare(gate: Gate, now: Measurement | None, base: Measurement | None, confidence: float) -> Compared:
    """The best comparison that the two measurements allow.

    Gates are tested one by one without correction: a false alarm costs a second look, a missed loss costs more.
    """
    if why := _why_not(now, base):
        return Compared(gate, NONE, True, reason=why)
    if now.outcomes and base.outcomes:
        found = _paired(gate, now, base, confidence)
    else:
        found = _two_shares(gate, (now.k, now.n), (base.k, base.n), confidence)
    part = now.part or base.part
    if part and found.passed and not gate.partial:
        return replace(found, passed=False, reason=f"a part only: {part}")
    return found


def _why_not(now: Measurement | None, base: Measurement | None) -> str:
    for one, whose in ((now, "this model"), (base, "the base model")):
        if one is None or one.value is None:
            return f"{whose} was not measured"
    if now.outcomes and base.outcomes:
        return ""
    for one, whose in ((now, "this model"), (base, "the base model")):
        if one.k is None:
            return f"{whose} has a bare value, without single outcomes or k of n"
    return ""


def _paired(gate: Gate, now: Measurement, base: Measurement, confidence: float) -> Compared:
    shared = sorted(now.outcomes.keys() & base.outcomes.keys())
    alone = len(now.outcomes.keys() ^ base.outcomes.keys())
    if not shared:
        return Compared(gate, PAIRED, False, reason="no prompt in common")
    sign = 1 if gate.direction == "at_most" else -1
    losses = [sign * (now.outcomes[prompt] - base.outcomes[prompt]) for prompt in shared]
    worse, better = sum(loss > 0 for loss in losses), sum(loss < 0 for loss in losses)
    p_value = float(binomtest(worse, worse + better, 0.5, alternative="greater").pvalue) if worse + better else 1.0
    loss = math.fsum(losses) / len(shared)
    rejected = p_value < 1 - confidence
    reason = f"{alone} prompts were answered by one of the two alone" if alone and not rejected else ""
    return Compared(
        gate, PAIRED, not rejected and not alone, len(shared), len(shared), worse, better, loss,
        _loss_bound(losses, worse, better, confidence), p_value, reason,
    )  # fmt: skip


def _loss_bound(losses: list[float], worse: int, better: int, confidence: float) -> float:
    if all(loss in (-1, 0, 1) for loss in losses):
        return bounds.agresti_min(worse, better, len(losses), confidence)
    mean = (math.fsum(losses) / len(losses) + 1) / 2
    return 2 * bounds.mean_bound("at_most", mean, len(losses), confidence) - 1


def _two_shares(gate: Gate, now: tuple[int, int], base: tuple[int, int], confidence: float) -> Compared:
    if gate.direction == "at_least":  # the share of misses is what must not rise
        now, base = (now[1] - now[0], now[1]), (base[1] - base[0], base[1])
    p_value = bounds.fisher(now, base)
    loss = now[0] / now[1] - base[0] / base[1]
    bound = bounds.newcombe(now, base, confidence)
    passed = p_value >= 1 - confidence
    return Compared(gate, SHARES, passed, now[1], base[1], loss=loss, loss_bound=bound, p_value=p_value)
