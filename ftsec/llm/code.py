"""Fingerprints: of the code behind an experiment, without comments and docstrings, and of a frame's values."""

from __future__ import annotations

import hashlib
from functools import cache

import pandas as pd

from ftsec.base.code import code_of, module_file

# what every run depends on; reports, statistics and readings can change without making a run another one
CORE = ("world", "chat", "model", "answers", "examples", "habits", "tuning", "runs", "lane", "bench")
CORE += ("grading", "measures", "useful", "probes", "policy")
STATES = ("experiments.states",)
INSIDE = ("hidden", "directions", "experiments.benign_erosion", *STATES)
MORE = {  # what an experiment of the second set depends on beside the core and its own module
    "mechanism": INSIDE, "mechanism_choice": (*INSIDE, "experiments.mechanism"), "realignment": STATES,
    "safety_mixing": STATES, "backdoor_persistence": STATES, "identity_shift": STATES,
    "preference": ("dpo", "hidden", *STATES), "policy_budget": STATES, "more_methods": STATES,
}  # fmt: skip


@cache
def digest(module: str) -> str:
    """Fingerprint of the room's core and one experiment's module, the same on every version of Python."""
    more = MORE.get(module.rpartition(".")[2], ())
    names = [f"ftsec.llm.{name}" for name in (*CORE, "experiments.common", *more)] + [module]
    return short("\n".join(code_of(module_file(name)) for name in names))


def frame_digest(frame: pd.DataFrame) -> str:
    """Fingerprint of a frame's values, independent of the file format."""
    return short(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())


def short(content: str | bytes) -> str:
    data = content if isinstance(content, bytes) else content.encode()
    return hashlib.sha256(data).hexdigest()[:12]
