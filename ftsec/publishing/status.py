"""The status page: every chapter with the result of its last execution, written when the book is staged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from ftsec.base.project import Project, number_of
from ftsec.publishing.build_time import executed_at, seconds_taken
from ftsec.publishing.tables import html_table
from ftsec.running.chapters import read_state

MARK = "% status"
WORDS = {"ok": "passed", "failed": "failed", "timeout": "over its time limit"}
STYLE = " ftsec-status"
Counts = Mapping[str, Mapping[str, int]]  # chapter -> what is counted -> how many


def status_table(project: Project, counts: Counts) -> str:
    """HTML tables with a row a chapter: how it ran, and, if there is any, what `counts` counts in it."""
    days = {state["executed_at"][:10] for path in project.chapters() if (state := read_state(project, path))}
    day = days.pop() if len(days) == 1 else ""
    runs = html_table(
        f"How the chapters ran on {day}" if day else "How the chapters ran",
        ("Chapter", "Result", "Seconds", "At (UTC)"),
        ([_link(path), *_run(project, path, day)] for path in project.chapters()),
        STYLE,
    )
    names = list(dict.fromkeys(name for chapter in counts.values() for name in chapter))
    if not names:
        return runs
    counted = (path for path in project.chapters() if counts.get(path.stem))
    rows = ([_link(path), *(str(counts[path.stem].get(name, 0)) for name in names)] for path in counted)
    headers = ("Chapter", *(name.capitalize() for name in names))
    claims = html_table("Their claims by verdict", headers, rows, STYLE)
    return f"{runs}\n\n{claims}"


def _link(path: Path) -> str:
    return f'{number_of(path)} <a href="../notebooks/{path.stem}.html">{escape(title(path))}</a>'


def _run(project: Project, path: Path, common_day: str) -> tuple[str, str, str]:
    """Result, seconds and time of the chapter's last execution, as HTML; the day unless all have it in common."""
    state = read_state(project, path)
    if state is None:
        return ("not executed", "–", "–")
    day, time = executed_at(state)[:16].split("T")
    at = time if day == common_day else f"<time>{day}</time> {time}"
    return (WORDS[state["outcome"]["status"]], seconds_taken(state), at)


def title(path: Path) -> str:
    """The heading of a notebook's first Markdown cell."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("# "):
            return source.splitlines()[0].removeprefix("# ").strip()
    return path.stem
