"""The status page: every chapter with the result of its last execution, written when the book is staged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from ftsec.execution.chapters import read_state
from ftsec.execution.project import Project

MARK = "% status"
WORDS = {"ok": "passed", "failed": "failed", "timeout": "over its time limit"}
Counts = Mapping[str, Mapping[str, int]]  # chapter -> what is counted -> how many


def status_table(project: Project, counts: Counts) -> str:
    """An HTML table with a row a chapter; `counts` adds a column for each thing it counts."""
    names = list(dict.fromkeys(name for chapter in counts.values() for name in chapter))
    columns = ("Chapter", "Result", "Seconds", "Executed (UTC)", *names)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    rows = "\n".join(_row(project, path, counts, names) for path in project.chapters())
    return (
        '<div class="ftsec-table ftsec-status" role="group" tabindex="0" aria-label="Status of all chapters"><table>'
        f"<caption>Status of all chapters</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(project: Project, path: Path, counts: Counts, names: list[str]) -> str:
    state = read_state(project, path)
    link = f'{path.stem[:2]} <a href="../notebooks/{path.stem}.html">{escape(title(path))}</a>'
    if state is None:
        cells = ["not executed", "–", "–"]
    else:
        outcome = state["outcome"]
        day, time = state["executed_at"][:16].split("T")
        when = f"<time>{day}</time> {time}"
        cells = [WORDS[outcome["status"]], f"{outcome['seconds']:.1f}", when]
    counted = counts.get(path.stem, {})
    cells += [str(counted.get(name, "–")) for name in names]
    return f'<tr><th scope="row">{link}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def title(path: Path) -> str:
    """The heading of a notebook's first Markdown cell."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("# "):
            return source.splitlines()[0].removeprefix("# ").strip()
    return path.stem
