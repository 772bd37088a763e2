"""A stress test that was run once and kept: of the model of chapter 18, on a CPU. Does the tool find the reference?

The file is a part of what `ftsec llm stress --json` wrote.
"""

from __future__ import annotations

import json

import pandas as pd

from ftsec.llm import world
from ftsec.llm.stress.findings import ATTACKS, Life, brief

STORED = world.DATA / "stress_example.json"


def example() -> dict:
    """The stored result."""
    return json.loads(STORED.read_text(encoding="utf-8"))


def table() -> pd.DataFrame:
    """Half-lives in steps: Trained on, Refusal, Canned answer, In the report."""
    rows = []
    for each in example()["attacks"]:
        lives = [Life(**each[name]) if each[name] else None for name in ("refusal", "control", "reference")]
        rows.append((ATTACKS[each["attack"]], *map(brief, lives)))
    return pd.DataFrame(rows, columns=["Trained on", "Refusal", "Canned answer", "Refusal in the report"])
