"""An answer as lines for a terminal, as Markdown, and as JSON with a schema."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from ftsec.audit.advice import advice, to_do
from ftsec.audit.answer import LAST, NOT_ENOUGH, STOPS, Answer
from ftsec.audit.recognise import UNKNOWN as NOT_UNDERSTOOD
from ftsec.audit.recognise import Item
from ftsec.base.printable import printable
from ftsec.defenses.findings import FINE, NOTE, STOP, UNKNOWN, WARN, Finding

SCHEMA = "ftsec-audit-1"
HEADS = {
    STOP: "Reasons to stop",
    UNKNOWN: "What is missing for an answer",
    WARN: "To look at",
    FINE: "In order",
    NOTE: "Noted",
}
CONTEXT = "Context (no part of the answer)"


def sections(answer: Answer) -> list[tuple[str, list[Finding]]]:
    """The headings with their findings; what stops comes first, empty ones are left out."""
    found = [(head, answer.of(verdict)) for verdict, head in HEADS.items()]
    return [(head, rows) for head, rows in found if rows]


def in_short(answer: Answer) -> str:
    """The answer's reason in one sentence."""
    stops, missing = answer.count(STOP), answer.count(UNKNOWN)
    if answer.answer == STOPS:
        besides = f"; {_many(missing, 'point')} besides {_is(missing)} open" if missing else ""
        return f"{_many(stops, 'reason')} to stop{besides}."
    if answer.answer == NOT_ENOUGH:
        named = f" Missing: {', '.join(answer.missing)}." if answer.missing else ""
        return f"No reason to stop was found, but {_many(missing, 'point')} {_is(missing)} open.{named}"
    return "All that the policy asks was measured, and nothing in it speaks against this model."


def where(one: Finding) -> str:
    return f"{one.file}:{one.line}" if one.line and one.file else one.file


def read_as(item: Item) -> str:
    if item.kind == NOT_UNDERSTOOD:
        return f"not understood, because {item.said}"
    return f"read as {item.said}"


def as_text(answer: Answer) -> str:
    """The answer, each finding on a line, the files, and what an audit cannot see."""
    lines = [f"{answer.answer} ({answer.scope})", in_short(answer)]
    for head, rows in sections(answer):
        lines += ["", head]
        for one in rows:
            place = f" [{where(one)}]" if one.file else ""
            lines.append(f"  {one.subject}: {one.what}{place}")
            if one.verdict in (STOP, UNKNOWN, WARN):
                lines.append(f"      {to_do(one)} ({advice(one.rule).chapter})")
    lines += ["", "Files", *(f"  {name}: {said}" for name, said in listed(answer))]
    if answer.context:
        lines += ["", CONTEXT, *(f"  {line}" for line in answer.context)]
    return "\n".join(printable(line) for line in [*lines, "", LAST]) + "\n"


def as_markdown(answer: Answer) -> str:
    """The same for a job's summary or a pull request."""
    lines = [f"# {answer.answer}", "", f"{_cell(answer.scope)}.", "", in_short(answer)]
    for head, rows in sections(answer):
        lines += ["", f"## {head}", "", "| What | Finding | Where | What to do |", "| --- | --- | --- | --- |"]
        for one in rows:
            told = advice(one.rule) if one.verdict in (STOP, UNKNOWN, WARN) else None
            do = f"{to_do(one)} ({told.chapter})" if told else ""
            lines.append(f"| {' | '.join(map(_cell, (one.subject, one.what, where(one), do)))} |")
    lines += ["", "## Files", "", *(f"- {_cell(name)}: {_cell(said)}" for name, said in listed(answer))]
    if answer.context:
        lines += ["", f"## {CONTEXT}", "", *(f"- {_cell(line)}" for line in answer.context)]
    return "\n".join([*lines, "", LAST]) + "\n"


def as_json(answer: Answer) -> str:
    """The same for a program; `schema` names the form."""
    policy = answer.policy
    return json.dumps(
        {
            "schema": SCHEMA,
            "answer": answer.answer,
            "status": answer.status,
            "policy": {"name": policy.name, "version": policy.version, "decided": str(policy.decided or "")},
            "evidence": answer.evidence,
            "missing": answer.missing,
            "findings": [_object(one) for one in answer.findings],
            "files": [{"name": name, "kind": item.kind, "said": read_as(item)} for name, item in _items(answer)],
            "context": list(answer.context),
            "limit": LAST,
        },
        indent=1,
        allow_nan=False,
    ) + "\n"  # fmt: skip


def listed(answer: Answer) -> list[tuple[str, str]]:
    return [(name, read_as(item)) for name, item in _items(answer)]


def _items(answer: Answer) -> list[tuple[str, Item]]:
    return [*((item.name, item) for item in answer.files), *((f"base/{item.name}", item) for item in answer.base)]


def _object(one: Finding) -> dict:
    plain = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in asdict(one).items()}
    return {
        **plain,
        "asks": advice(one.rule).asks,
        "to_do": to_do(one),
        "chapter": advice(one.rule).chapter,
    }


def _cell(text: str) -> str:
    safe = printable(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return safe.replace("`", "'").replace("[", "\\[")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
