"""A policy written from what lies in a folder: names and sizes, the thresholds left to decide."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ftsec.audit.judge_files import n_scores
from ftsec.audit.recognise import CANARIES, EVIDENCE, Item, recognise
from ftsec.audit.side import Side
from ftsec.base.errors import InputError
from ftsec.defenses.gate_files import gates_for, toml_text

HEAD = """\
# A policy for `ftsec audit`, written by `ftsec audit init`. Decide every open value before the tuned model is
# evaluated; until then `ftsec audit` refuses the file.

policy = 1 # the version of this form
name = "my-policy"
version = "1"
decided = "" # the day on which you decided, like 2026-01-31; logs must be younger
terms = [] # words that no row of the training data may hold
"""
CANARY_LINES = """\
canaries_at_most = "" # bits of exposure that a canary may show
canary_rows = {} # rows of scores that must be there, candidates included
"""
BESIDE = """\
kind = "" # "safety", "over-refusal", "capability" or "other"
reads = "whole" # what of an answer the instrument reads: "whole", "start" or "keywords" (safety alone needs it)
instrument = "" # its name; two gates of one name are one instrument
# margin = # the loss against the base model that you accept, prompt by prompt, from 0 to below 0.5; left out, it is 0
"""


def policy_for(run: Path, base: Path | None) -> str:
    """The text of a policy.

    Raises:
        InputError: if no evaluation is there to write gates for.
    """
    items = recognise(run)
    before = recognise(base) if base else []
    measured = Side(items).measurements or Side(before).measurements
    if not measured:
        raise InputError(f"{run}: no evaluation was found to write gates for")
    gates = gates_for(measured, run.name).partition("[[gate]]")
    entries = (gates[1] + gates[2]).split("[[gate]]\n")[1:]
    blocks = ["[[gate]]\n" + entry.rstrip() + "\n" + BESIDE for entry in entries]
    scored = sum(n_scores(item) for item in items if item.kind == CANARIES)
    head = HEAD + (CANARY_LINES.format(scored) if scored else "")
    tables = [_table("evidence", items), _table("base", before)]
    return "\n".join([head, *filter(None, tables), *blocks])


def _table(name: str, items: list[Item]) -> str:
    counts = Counter(item.name for item in items if item.kind in EVIDENCE)
    rows = [f"{toml_text(file)} = {count}" for file, count in sorted(counts.items())]
    return (
        "\n".join([f"[{name}] # files that must be there; a pattern may stand for several", *rows, ""]) if rows else ""
    )
