"""Fingerprints: of the code behind an experiment, without comments and docstrings, and of a frame's values."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

# what every run depends on; reports, statistics and readings can change without making a run another one
CORE = ("world", "chat", "model", "examples", "tuning", "lane", "bench", "measures", "useful", "probes", "policy")


@cache
def digest(module: str) -> str:
    """Fingerprint of the room's core and one experiment's module."""
    names = [f"ftsec.llm.{name}" for name in CORE] + ["ftsec.llm.experiments.common", module]
    return short("\n".join(essence(source(name)) for name in names))


def source(module: str) -> str:
    """A module's text, without importing it."""
    return Path(find_spec(module).origin).read_text(encoding="utf-8")


def essence(text: str) -> str:
    """The text without comments, docstrings and layout."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            node.body = body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def frame_digest(frame: pd.DataFrame) -> str:
    """Fingerprint of a frame's values, independent of the file format."""
    return short(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())


def short(content: str | bytes) -> str:
    data = content if isinstance(content, bytes) else content.encode()
    return hashlib.sha256(data).hexdigest()[:12]
