"""Judges of the evaluations: gates, the loss against the base model, the instruments, and how the logs were made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ftsec.audit.policy import Policy, Rule
from ftsec.audit.side import PARTS, Side, digests_of
from ftsec.base.errors import InputError
from ftsec.defenses.comparison import PAIRED, Compared, compare
from ftsec.defenses.findings import FINE, NOTE, STOP, UNKNOWN, WARN, Finding, of_gates
from ftsec.defenses.gates import Gate, Judged, contradictions, evaluate, meets
from ftsec.defenses.measured import Measurement
from ftsec.defenses.planning import plan, prompts_paired

POWER = 0.9
# scorers and metrics that look for words, or at the start of an answer: they never read all of it
PARTIAL = re.compile(r"includes|match|pattern|keyword|prefix|contains|begins|starts|regex|substring|string|^acc|^em\b")


def gates(policy: Policy, tuned: Side, base: Side | None) -> Iterator[Finding]:
    """Every gate on every account of its measurement, and the comparison with the base model."""
    wanted, margins = [rule.gate for rule in policy.rules], {rule.gate.name: rule.margin for rule in policy.rules}
    against = contradictions(wanted, tuned.measurements)
    for why in (*against, *tuned.conflicts, *(base.conflicts if base else ())):
        yield Finding("conflict", UNKNOWN, "evaluations", why)
    for gate in wanted:
        accounts = tuned.candidates.get(gate.source, [None])
        for account in accounts:
            for found in _of_gate(gate, account, base, policy.confidence):
                yield _accepted(found, margins[gate.name])
    if not wanted:
        yield Finding("no-policy", UNKNOWN, "policy", "no threshold was given; `ftsec audit init` writes a policy")
    named = {gate.source for gate in wanted}
    for name in sorted(set(tuned.candidates) - named):
        file = tuned.measurements[name].file
        yield Finding("gate-unused", NOTE, name, "measured, and no gate of the policy asks for it", file=file)


def non_inferiority(policy: Policy, tuned: Side, base: Side | None) -> Iterator[Finding]:
    """For each gate: that prompt by prompt the loss is, with confidence, not above the accepted margin."""
    for rule in policy.rules:
        gate = rule.gate
        now, before = tuned.measurements.get(gate.source), base.measurements.get(gate.source) if base else None
        row = compare(gate, now, before, policy.confidence)
        if row.method != PAIRED or not row.n:
            why = row.reason or "there are no single outcomes of both models"
            yield _paired(rule, UNKNOWN, row, f"not compared prompt by prompt with the base model: {why}", now)
        elif row.passed and row.loss_bound > rule.margin:
            need = _enough(rule, row, policy.confidence)
            what = f"the loss may be {row.loss_bound:.3g}, accepted are {rule.margin:g}; {need}"
            yield _paired(rule, UNKNOWN, row, what, now)
        elif row.passed:
            what = f"{row.n} prompts, {row.worse} worse, {row.better} better; the loss is at most {row.loss_bound:.3g}"
            yield _paired(rule, FINE, row, what, now)


def instruments(policy: Policy, judged: list[Finding]) -> Iterator[Finding]:
    """Two instruments that read the whole answer, over-refusal and capability: each has to have passed."""
    passed = {one.subject for one in judged if one.rule == "gate" and one.verdict == FINE}
    good = [rule for rule in policy.rules if rule.gate.name in passed and rule.gate.blocking]
    whole = {rule.instrument or rule.gate.source: rule.gate.source for rule in good if _reads_all(rule)}
    names = sorted(whole)
    enough = len(set(whole.values())) >= 2
    said = f"{len(names)} of 2 instruments that read the whole answer passed: {', '.join(names) or 'none'}"
    yield Finding("instruments", FINE if enough else UNKNOWN, "safety", said, k=min(len(names), 2), n=2)
    for kind in ("over-refusal", "capability"):
        found = [rule.gate.name for rule in good if rule.kind == kind]
        said = f"measured and passed: {', '.join(found)}" if found else f"no gate on {kind} passed"
        yield Finding("kinds", FINE if found else UNKNOWN, kind, said)


def identity(policy: Policy, tuned: Side) -> Iterator[Finding]:
    """Whether each log that a gate uses is of the weights, tokenizer and template in the folder."""
    own = digests_of(tuned.items)
    for name, file in _used(policy, tuned).items():
        said = tuned.setting(name).digests
        for part in PARTS:
            yield Finding("identity", *_same(part, own.get(part), said.get(part), file), file=file)


def settings(policy: Policy, tuned: Side, base: Side | None) -> Iterator[Finding]:
    """Same prompts, system text and sampling for both models."""
    for rule in policy.rules:
        name = rule.gate.source
        now, before = tuned.setting(name), base.setting(name) if base else None
        lacking = [what for what, one, other in _pairs(now, before) if not one or one != other]
        file = _file(tuned, name)
        if lacking:
            what = f"{', '.join(lacking)}: not known to be the same for both models"
            yield Finding("settings", UNKNOWN, rule.gate.name, what, file=file)
        else:
            yield Finding("settings", FINE, rule.gate.name, "same prompts, system text and sampling", file=file)


def dates(policy: Policy, tuned: Side) -> Iterator[Finding]:
    """The thresholds were decided before the logs were made (as the files say it)."""
    for name, file in _used(policy, tuned).items():
        day = tuned.setting(name).day
        if day is None:
            yield Finding("dates", UNKNOWN, "policy", "the log does not say when it was made", file=file)
        elif policy.decided is None or policy.decided >= day:
            what = f"decided on {policy.decided}, not before the log of {day}"
            yield Finding("dates", UNKNOWN, "policy", what, file=file)
        else:
            yield Finding("dates", FINE, "policy", f"decided on {policy.decided}, the log is of {day}", file=file)


def _of_gate(gate: Gate, account: Measurement | None, base: Side | None, confidence: float) -> Iterator[Finding]:
    now = {} if account is None else {gate.source: account}
    before = None if base is None else {name: one for name, one in base.measurements.items() if name == gate.source}
    try:
        report = evaluate([gate], now, before, confidence)
    except InputError:  # its direction is against the file's word, which is told already
        return
    for found in of_gates(report):
        if found.rule == "gate" and found.verdict == UNKNOWN and found.n:
            yield _with_need(found, report.judged[0], confidence)
        else:
            yield found


def _accepted(found: Finding, margin: float) -> Finding:
    """A loss that is sure but, with confidence, not above what the policy accepts is no reason to stop."""
    if found.rule == "gate-baseline" and found.verdict == STOP and found.bound is not None and found.bound <= margin:
        return replace(found, verdict=WARN, what=f"{found.what}; accepted are {margin:g}")
    return found


def _with_need(found: Finding, row: Judged, confidence: float) -> Finding:
    """The same finding with how many prompts would be needed, if that can be said."""
    gate = row.gate
    limit = gate.threshold if gate.direction == "at_most" else 1 - gate.threshold
    need = ""
    if 0 < limit < 1 and row.bound is not None and not meets(gate, row.bound):
        sizes = plan(limit, power=POWER, confidence=confidence)
        most = max(sizes.pass_good, sizes.clean_pass)
        need = f"; {most:,} prompts decide it for a model of {limit / 5:.3g}, {max(0, most - found.n):,} are missing"
    return replace(found, what=found.what + need)


def _enough(rule: Rule, row: Compared, confidence: float) -> str:
    if not rule.margin:
        return "the policy gives no margin"
    changing = max(2 * rule.margin, (row.worse + row.better) / row.n)
    need = prompts_paired(rule.margin, min(1.0, changing), POWER, confidence)
    return f"{need:,} prompts for both models decide it, {max(0, need - row.n):,} are missing"


def _paired(rule: Rule, verdict: str, row: Compared, what: str, now: Measurement | None) -> Finding:
    known = {"value": row.loss, "n": row.n, "bound": row.loss_bound} if row.n else {}
    return Finding("non-inferiority", verdict, rule.gate.name, what, file=now.file if now else "", **known)


def _reads_all(rule: Rule) -> bool:
    named = rule.gate.source.split("/")
    return (
        rule.kind == "safety" and rule.reads == "whole" and not any(PARTIAL.search(part.lower()) for part in named[1:2])
    )


def _used(policy: Policy, tuned: Side) -> dict[str, str]:
    """One measurement for each log that a gate uses, with the log."""
    files = {_file(tuned, rule.gate.source): rule.gate.source for rule in policy.rules}
    return {name: file for file, name in files.items() if file}


def _file(side: Side, name: str) -> str:
    return side.measurements[name].file if name in side.candidates else ""


def _same(part: str, own: str | None, said: str | None, file: str) -> tuple[str, str, str]:
    if own is None:
        return UNKNOWN, part, "not in the folder, so it is not known what was evaluated"
    if said is None:
        return UNKNOWN, part, f"the log does not say which it used ({part}_sha256 in its metadata)"
    if own != said:
        return UNKNOWN, part, f"the log is of another one ({said[:12]}…, here {own[:12]}…)"
    return FINE, part, f"the log is of what lies here ({own[:12]}…)"


def _pairs(now: object, before: object) -> Iterator[tuple[str, object, object]]:
    for what in ("prompts", "system", "sampling"):
        yield {"system": "system text"}.get(what, what), getattr(now, what), getattr(before, what, None)
