"""The times that a build writes into pages and files; ``SOURCE_DATE_EPOCH`` fixes all of them.

With that setting (seconds since 1970, as reproducible-builds.org defines it) equal sources make equal files, whenever
and wherever they are built. How long a chapter took is then left out, since no two runs take equally long.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

SETTING = "SOURCE_DATE_EPOCH"
UNKNOWN = "–"


def fixed_time() -> datetime | None:
    """The moment that the setting names; None without it."""
    seconds = os.environ.get(SETTING)
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def build_time() -> datetime:
    """The time to write as that of the build."""
    return fixed_time() or datetime.now(UTC)


def executed_at(state: Mapping) -> str:
    """When a chapter was executed, in ISO 8601; `state` as `ftsec.running.chapters.read_state` gives it."""
    fixed = fixed_time()
    return fixed.isoformat() if fixed else state["executed_at"]


def seconds_taken(state: Mapping) -> str:
    """How many seconds a chapter took, with one decimal; a dash where times are fixed."""
    return UNKNOWN if fixed_time() else f"{state['outcome']['seconds']:.1f}"
