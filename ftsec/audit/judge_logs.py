"""Judges of the evaluations: gates, the loss against the base model, the instruments, and how the logs were made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ftsec.audit.policy import Policy, Rule
from ftsec.audit.setting import PARTS, Setting
from ftsec.audit.side import Side, digests_of
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
                yield _accepted(found, margins[gate.name], account.file if account else "")
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
            what = _loss(row, rule)
            yield _paired(rule, UNKNOWN, row, what, now)
            yield from _margin(rule, row, now.file, policy.confidence)
        elif row.passed:
            what = f"{row.n} prompts, {row.worse} worse, {row.better} better; {_loss(row, rule)}"
            yield _paired(rule, FINE, row, what, now)


def instruments(policy: Policy, judged: list[Finding]) -> Iterator[Finding]:
    """Two instruments that read the whole answer, over-refusal and capability: each has to have passed."""
    passed = {one.subject for one in judged if one.rule == "gate" and one.verdict == FINE}
    good = [rule for rule in policy.rules if rule.gate.name in passed and rule.gate.blocking]
    whole = {rule.instrument or rule.gate.source: rule.gate.source for rule in good if _reads_all(rule)}
    names = sorted(whole)
    count = min(len(set(whole.values())), 2)
    same = " (they read one measurement)" if len(names) > count == 1 else ""
    said = f"{count} of 2 instruments that read the whole answer passed: {', '.join(names) or 'none'}{same}"
    yield Finding("instruments", FINE if count == 2 else UNKNOWN, "safety", said, k=count, n=2)
    for kind in ("over-refusal", "capability"):
        found = [rule.gate.name for rule in good if rule.kind == kind]
        said = f"measured and passed: {', '.join(found)}" if found else f"no gate on {kind} passed"
        yield Finding("kinds", FINE if found else UNKNOWN, kind, said)


def identity(policy: Policy, tuned: Side, base: Side | None) -> Iterator[Finding]:
    """Whether each log that a gate uses is of the weights, tokenizer and template in the folder."""
    own = digests_of(tuned.items)
    for name, file in used(policy, tuned).items():
        said = tuned.setting(name).digests
        problems = [f"{part}: {why}" for part in PARTS if (why := _differs(own.get(part), said.get(part), part))]
        what = "; ".join(problems) or "of the weights, the tokenizer and the template that lie here"
        yield Finding("identity", UNKNOWN if problems else FINE, "log", what, file=file)
        before = base.setting(name).digests.get("weights") if base else None
        if before is not None and before == own.get("weights"):
            yield Finding("identity", UNKNOWN, "base model", f"its log on {name} is of the tuned weights", file=file)


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
    for name, file in used(policy, tuned).items():
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
        yield found
        if found.rule == "gate" and found.verdict == UNKNOWN and found.n:
            yield from _short_of(report.judged[0], found, confidence)


def _accepted(found: Finding, margin: float, file: str) -> Finding:
    """The comparison named as one; a sure loss that is not above what the policy accepts is no reason to stop."""
    if found.rule != "gate-baseline":
        return found
    found = replace(found, what=f"against the base model, {found.what}", file=found.file or file)
    if found.verdict == STOP and found.bound is not None and found.bound <= margin:
        return replace(found, verdict=WARN, what=f"{found.what}; accepted are {margin:g}")
    if found.verdict == FINE:  # few prompts find no loss either: `non_inferiority` says whether a loss is ruled out
        return replace(found, verdict=NOTE, what=f"{found.what}; that none was found does not show that there is none")
    return found


def _short_of(row: Judged, found: Finding, confidence: float) -> Iterator[Finding]:
    """How many prompts a gate would need, if it failed for too few of them."""
    gate, need = row.gate, row.gate.prompts
    limit = gate.threshold if gate.direction == "at_most" else 1 - gate.threshold
    if 0 < limit < 1 and row.bound is not None and not meets(gate, row.bound):
        sizes = plan(limit, power=POWER, confidence=confidence)
        need = max(need, sizes.pass_good, sizes.clean_pass)
    yield from _prompts(gate.name, found.n, need, found.file)


def _margin(rule: Rule, row: Compared, file: str, confidence: float) -> Iterator[Finding]:
    """How many prompts for both models could show that the loss is within the margin."""
    if rule.margin:
        changing = max(2 * rule.margin, (row.worse + row.better) / row.n)
        yield from _prompts(
            rule.gate.name, row.n, prompts_paired(rule.margin, min(1.0, changing), POWER, confidence), file
        )


def _prompts(name: str, have: int, need: int, file: str) -> Iterator[Finding]:
    if need > have:
        what = f"{need - have:,} prompts are missing: {need:,} would decide (with power {POWER:g}), {have:,} were asked"
        yield Finding("prompts", UNKNOWN, name, what, k=have, n=need, file=file)


def _loss(row: Compared, rule: Rule) -> str:
    return f"upper bound of the loss {row.loss_bound:.3g}, accepted are {rule.margin:g}"


def _paired(rule: Rule, verdict: str, row: Compared, what: str, now: Measurement | None) -> Finding:
    known = {"value": row.loss, "n": row.n, "bound": row.loss_bound} if row.n else {}
    return Finding("non-inferiority", verdict, rule.gate.name, what, file=now.file if now else "", **known)


def _reads_all(rule: Rule) -> bool:
    named = rule.gate.source.split("/")
    return (
        rule.kind == "safety" and rule.reads == "whole" and not any(PARTIAL.search(part.lower()) for part in named[1:2])
    )


def used(policy: Policy, tuned: Side) -> dict[str, str]:
    """One measurement for each log that a gate uses, with the log."""
    files = {_file(tuned, rule.gate.source): rule.gate.source for rule in policy.rules}
    return {name: file for file, name in files.items() if file}


def _file(side: Side, name: str) -> str:
    return side.measurements[name].file if name in side.candidates else ""


def _differs(own: str | None, said: str | None, part: str) -> str:
    if own is None:
        return "not in the folder, so it is not known what was evaluated"
    if said is None:
        return f"the log does not say which ({part}_sha256 in its metadata)"
    return "" if own == said else f"the log is of another one ({said[:12]}…, here {own[:12]}…)"


def _pairs(now: Setting, before: Setting | None) -> Iterator[tuple[str, object, object]]:
    templates = [None if one is None else one.digests.get("template") for one in (now, before)]
    if all(templates):  # a template is a part of what is asked
        yield "template", *templates
    for what in ("prompts", "system", "sampling"):
        yield {"system": "system text"}.get(what, what), getattr(now, what), getattr(before, what, None)
