"""Where a chapter's numbers and figures come from, written at its foot and under its figures when it is staged."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from ftsec.base.dates import moment
from ftsec.base.project import Project
from ftsec.publishing.build_time import executed_at, seconds_taken
from ftsec.publishing.listing import listing
from ftsec.running.chapters import read_state

DOWNLOADS = "book/_static/chapters"  # staged; the site serves it as _static/chapters
LISTINGS = "book/_static/code"


@dataclass(frozen=True)
class Traced:
    """A chapter with its traces, and the files that its links lead to, by name relative to the staged root."""

    notebook: NotebookNode
    files: dict[str, bytes]


def trace(project: Project, path: Path, notebook: NotebookNode) -> Traced:
    """Add links under each figure and the table of origins at the foot; `notebook` holds executed outputs."""
    files: dict[str, bytes] = {}
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        for drawn in _drawings(cell):
            cells.append(_figure_links(project, path.stem, cell.id, drawn, files))
    state = read_state(project, path)
    if state is not None and (project.executed / path.name).exists():
        files[f"{DOWNLOADS}/{path.name}"] = without_papermill(project.executed / path.name)
        cells.append(_origins(path, notebook, state))
    notebook.cells = cells
    return Traced(notebook, files)


def without_papermill(executed: Path) -> bytes:
    """An executed notebook without papermill's notes: the folders it ran in, and the times of each cell."""
    content = json.loads(executed.read_text(encoding="utf-8"))
    for part in (content, *content["cells"]):
        for name in ("papermill", "execution"):
            part["metadata"].pop(name, None)
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _drawings(cell: NotebookNode) -> list[dict]:
    outputs = cell.get("outputs", [])
    return [output.metadata["ftsec"] for output in outputs if "ftsec" in output.get("metadata", {})]


def _figure_links(project: Project, chapter: str, cell: str, drawn: dict, files: dict[str, bytes]) -> NotebookNode:
    links = []
    if "csv" in drawn:
        name = f"{chapter}-{drawn['name']}.csv"
        files[f"{DOWNLOADS}/{name}"] = drawn["csv"].encode()
        links.append(f'<a href="../_static/chapters/{name}" download>Data of this figure (CSV)</a>')
    if "code" in drawn:
        module, line = drawn["code"]["file"], drawn["code"]["line"]
        name = f"{module}.html"
        files[f"{LISTINGS}/{name}"] = listing(module, (project.root / module).read_text(encoding="utf-8"))
        links.append(f'<a href="../_static/code/{name}#line-{line}">Code that draws it</a>')
    text = f'<p class="ftsec-links">{" · ".join(links)}</p>' if links else ""
    return new_markdown_cell(text, id=f"{cell}-links")


def _origins(path: Path, notebook: NotebookNode, state: dict) -> NotebookNode:
    """The table at a chapter's foot."""
    from ftsec import __version__

    digests = state["digests"]
    rows = {
        "Parameters": _parameters(notebook) or "none",
        "Executed": f"{moment(executed_at(state))}, in {seconds_taken(state)} s, with ftsec {__version__}",
        "Digests": ", ".join(f"{name} {digests[name]}" for name in ("cells", "code", "data", "lock")),
    }
    terms = "".join(f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in rows.items())
    only = f'<span class="ftsec-span">--only {path.stem.split("_")[0]}</span>'
    again = f"<dt>Run it again</dt><dd><code>ftsec build --force {only}</code></dd>"
    name = path.name.replace("_", "_<wbr>")  # where a phone may divide it
    download = f'<a href="../_static/chapters/{path.name}" download>{name}</a> with its outputs'
    return new_markdown_cell(
        f'<div class="ftsec-provenance" role="note" aria-label="How this chapter was made"><dl>{terms}{again}'
        f"<dt>Executed notebook</dt><dd>{download}</dd></dl></div>",
        id="origins",
    )


def _parameters(notebook: NotebookNode) -> str:
    """The assignments of the parameters cell on one line, without their comments."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            lines = (line.split("  #")[0].strip() for line in cell.source.splitlines())
            return "; ".join(line for line in lines if line and not line.startswith("#"))
    return ""
