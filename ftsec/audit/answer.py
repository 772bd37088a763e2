"""The answer: stop, not enough evidence, or no reason to stop found within a policy and its evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ftsec.audit import judge_files, judge_logs
from ftsec.audit.judge_base import base_weights
from ftsec.audit.policy import Policy
from ftsec.audit.recognise import CANARIES, EVIDENCE, MANIFEST, Item, recognise
from ftsec.audit.side import Side, sha256, training_facts
from ftsec.base.errors import InputError
from ftsec.base.printable import printable
from ftsec.base.statuses import CANNOT_SAY, DONE, NO
from ftsec.defenses.findings import FINE, NOTE, STOP, UNKNOWN, WARN, Finding

STOPS, NOT_ENOUGH, NO_REASON = "STOP", "NOT ENOUGH EVIDENCE", "NO REASON TO STOP FOUND"
STATUS = {STOPS: NO, NOT_ENOUGH: CANNOT_SAY, NO_REASON: DONE}
LAST = "A trigger that no prompt contains cannot be seen here; this is no certificate."
GRAVEST = (STOP, UNKNOWN, WARN, NOTE, FINE)


@dataclass(frozen=True)
class Answer:
    """What an audit says.

    Attributes:
        answer: one of the three.
        evidence: a digest of every file of evidence.
        findings: the gravest first.
        files: every file with what it was read as; base: the same of the base model's.
        context: what the literature saw in runs like this one, and what was measured beside; no part of the answer.
    """

    answer: str
    policy: Policy
    evidence: str
    findings: tuple[Finding, ...]
    files: tuple[Item, ...]
    base: tuple[Item, ...]
    context: tuple[str, ...]

    @property
    def status(self) -> int:
        return STATUS[self.answer]

    @property
    def scope(self) -> str:
        return f"within {self.policy}; evidence {self.evidence}"

    def of(self, *verdicts: str) -> list[Finding]:
        return [one for one in self.findings if one.verdict in verdicts]

    def count(self, verdict: str) -> int:
        """How many findings of a verdict there are, each once."""
        return sum(not one.rest for one in self.of(verdict))

    @property
    def missing(self) -> list[str]:
        """Which prompts and files are missing, and how many."""
        short = [one for one in self.of(UNKNOWN) if one.rule in ("prompts", "evidence") and (one.k or 0) < (one.n or 0)]
        most: dict[tuple[str, str], int] = {}
        for one in short:
            key = ("prompts for" if one.rule == "prompts" else "of the files", one.subject)
            most[key] = max(most.get(key, 0), one.n - one.k)
        return [f"{count:,} {what} {subject}" for (what, subject), count in most.items()]


def audit(run: Path, base: Path | None = None, policy: Policy | None = None) -> Answer:
    """Look at everything once and answer.

    Raises:
        InputError: if `run` or `base` does not exist.
    """
    policy = policy or Policy()
    files = recognise(run)
    before = recognise(base) if base else []
    evidence = _digest([*files, *before])
    found = list(_findings(policy, files, before if base else None))
    shown = [_placed(one, run, base) for one in found]
    shown.sort(key=lambda one: (GRAVEST.index(one.verdict), one.rule, one.subject, one.file, one.rest, one.line or 0))
    verdicts = {one.verdict for one in shown}
    answer = STOPS if STOP in verdicts else NOT_ENOUGH if UNKNOWN in verdicts else NO_REASON
    context = tuple(_context(files, shown))
    return Answer(answer, policy, evidence, tuple(dict.fromkeys(shown)), _told(files), _told(before), context)


def look_at_files(paths: list[Path], policy: Policy) -> list[Finding]:
    """What speaks against single files, before they are committed: damaged, a pickle, bad rows, the policy's terms."""
    items = [item for path in paths for item in recognise(path)]
    found = [*judge_files.unreadable(items), *judge_files.data(policy, items, []), *judge_files.models(items)]
    alone = [one for one in found if one.file and not one.rule.startswith("adapter")]
    return [one for one in alone if one.verdict in (STOP, UNKNOWN)]


def _findings(policy: Policy, files: list[Item], before: list[Item] | None) -> Iterator[Finding]:
    tuned, base = Side(files), None if before is None else Side(before)
    yield from judge_files.unreadable([*files, *(before or [])])
    yield from judge_files.complete(policy.evidence, files, "the run")
    if base is None:
        yield Finding("base", UNKNOWN, "base model", "its evaluations were not given (--base)")
    else:
        yield from judge_files.complete(policy.base, base.items, "the base model")
    judged = list(judge_logs.gates(policy, tuned, base))
    yield from judged
    yield from judge_logs.instruments(policy, judged)
    yield from judge_logs.non_inferiority(policy, tuned, base)
    yield from judge_logs.identity(policy, tuned, base)
    yield from base_weights(policy, tuned, base)
    yield from judge_logs.settings(policy, tuned, base)
    yield from judge_logs.dates(policy, tuned)
    yield from judge_files.data(policy, files, sorted({*tuned.prompts(), *(base.prompts() if base else ())}))
    yield from judge_files.models(files)
    yield from judge_files.each(files, MANIFEST, judge_files.manifest)
    yield from judge_files.canary_rows(policy.canary_rows, files)
    yield from judge_files.each(files, CANARIES, partial(judge_files.canaries, at_most=policy.canaries_at_most))


def _placed(one: Finding, run: Path, base: Path | None) -> Finding:
    """The finding with paths below the folders, the same wherever these lie."""

    def short(text: str) -> str:
        for root, name in ((run, ""), (base, "base/")):
            if root is not None:
                home = root if root.is_dir() else root.parent
                text = text.replace(f"{home}/", name).replace(str(home), name or ".")
        return printable(text)

    return replace(one, what=short(one.what), file=short(one.file), subject=short(one.subject))


def _told(items: list[Item]) -> tuple[Item, ...]:
    return tuple(replace(item, name=printable(item.name), said=printable(item.said)) for item in items)


def _digest(items: list[Item]) -> str:
    lines = [f"{printable(item.name)} {sha256(item.path)}\n" for item in items if item.kind in EVIDENCE]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def _context(files: list[Item], shown: list[Finding]) -> Iterator[str]:
    """What was measured after published runs on harmless data that are like this one."""
    try:
        from ftsec.evidence.lookup import nearest_experiments
    except ModuleNotFoundError as lacking:
        yield f"not looked up: this needs {lacking.name}, which comes with the extra `chapters`"
        return
    facts = training_facts(files)
    rows = facts.pop("rows", None) or sum(one.n or 0 for one in shown if one.rule == "data")
    plan = {**facts, "n_examples": rows} if rows else facts
    if not plan:
        return
    try:
        found = nearest_experiments(data="benign", **plan)
    except InputError as why:
        yield f"not looked up, because {why}"
        return
    yield from (f"nothing comparable was published: {why}" for why in found.reasons)
    for span in found.spans:
        several = f"{span.lowest:g} to {span.highest:g} % in {span.n_runs} runs"
        said = f"{span.lowest:g} % in one run" if span.n_runs == 1 else several
        yield f"published on harmless data, with settings like these: {span.metric}, {said}"
