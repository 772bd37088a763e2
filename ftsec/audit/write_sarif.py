"""An answer as SARIF 2.1.0, the form in which code hosts show findings beside files."""

from __future__ import annotations

import json

from ftsec import __version__
from ftsec.audit.advice import advice
from ftsec.audit.answer import LAST, Answer
from ftsec.defenses.findings import FINE, NOTE, STOP, UNKNOWN, WARN, Finding

LEVELS = {STOP: "error", UNKNOWN: "warning", WARN: "warning", NOTE: "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(answer: Answer) -> str:
    """All findings but those in order, with file and line."""
    told = [one for one in answer.findings if one.verdict != FINE]
    names = sorted({one.rule for one in told})
    rules = [
        {"id": name, "shortDescription": {"text": advice(name).asks}, "help": {"text": _help(name)}} for name in names
    ]
    driver = {"name": "ftsec audit", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "results": [_result(one, names) for one in told],
        "properties": {"answer": answer.answer, "scope": answer.scope, "limit": LAST},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _help(name: str) -> str:
    return f"{advice(name).to_do} See {advice(name).chapter}."


def _result(one: Finding, names: list[str]) -> dict:
    place = {"artifactLocation": {"uri": one.file or "."}, **({"region": {"startLine": one.line}} if one.line else {})}
    return {
        "ruleId": one.rule,
        "ruleIndex": names.index(one.rule),
        "level": LEVELS[one.verdict],
        "message": {"text": f"{one.subject}: {one.what}"},
        "locations": [{"physicalLocation": place}],
    }
