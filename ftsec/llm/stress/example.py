"""A stress test that was run once and kept: of the model of chapter 18, on a CPU. Does the tool find the reference?"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from ftsec.llm import world
from ftsec.llm.stress.findings import ATTACKS, Life, brief

STORED = world.DATA / "stress_example.json"
KEPT = ("model", "n_weights", "method", "policy", "existing", "taught_steps", "repeats", "attacks", "rows")


def keep(result: Path, path: Path = STORED) -> None:
    """Stores what `ftsec llm stress --json` wrote."""
    found = json.loads(result.read_text(encoding="utf-8"))
    path.write_text(json.dumps({name: found[name] for name in KEPT}) + "\n", encoding="utf-8")


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
