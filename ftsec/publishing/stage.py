"""Stage the book's source: prose as it is, notebooks with their freshly executed outputs.

The staged tree under `_build/source` is what Jupyter Book sees. Only files that changed are written, so that an
unchanged page is not rendered again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import nbformat
import yaml
from nbformat import NotebookNode

from ftsec.base.files import write_if_changed
from ftsec.base.project import Project
from ftsec.base.record import MIME_TYPE, as_html
from ftsec.publishing.answer import answer_on_top
from ftsec.publishing.captions import number_figures
from ftsec.publishing.downloads import offer_downloads, offer_files, staged_digest
from ftsec.publishing.figure_sources import trace
from ftsec.publishing.narrow_pictures import narrow_pictures
from ftsec.publishing.prose import stage_prose, with_numbers
from ftsec.publishing.status import Counts
from ftsec.running.committed_form import with_outputs

PRIVATE_TYPES = "application/vnd.ftsec."


class Staged(NamedTuple):
    """Digests of the staged tree: of its content, and of the whole with the print of that content."""

    content: str
    whole: str


def stage(
    project: Project,
    counts: Counts | None = None,
    ends: Mapping[str, str] | None = None,
    offered: Mapping[str, bytes] | None = None,
) -> Staged:
    """Bring the staged tree up to date.

    Args:
        counts: what the status page counts for each chapter.
        ends: Markdown for the end of a chapter, by its number; it may name recorded numbers as prose does.
        offered: files that pages may offer for download, by their name below ``book/_static``.
    """
    files = dict(_staged_files(project, counts, ends or {}))
    offer_files(files, offered or {})
    content = staged_digest(files)
    offer_downloads(project, files, content)
    for name, data in files.items():
        write_if_changed(project.staged / name, data)
    for path in [path for path in project.staged.rglob("*") if path.is_file()]:
        if path.relative_to(project.staged).as_posix() not in files:
            path.unlink()
    return Staged(content, staged_digest(files))


def _staged_files(project: Project, counts: Counts | None, ends: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Every staged file: its name relative to the staged root, and its bytes."""
    for path in (project.config, project.toc, *_assets(project), *_bibliographies(project)):
        yield path.relative_to(project.root).as_posix(), path.read_bytes()
    for path in sorted((project.root / "book").rglob("*.md")):
        yield from stage_prose(project, path, counts).items()
    for path in project.chapters():
        yield from _chapter(project, path, ends.get(path.stem.split("_")[0], "")).items()


def _assets(project: Project) -> Iterator[Path]:
    """Style sheets, scripts and the like; what is not prose."""
    for path in (project.root / "book").rglob("*"):
        if path.is_file() and path.suffix != ".md" and path.name[0] != ".":
            yield path


def _bibliographies(project: Project) -> Iterator[Path]:
    config = yaml.safe_load(project.config.read_text(encoding="utf-8"))
    for name in config.get("bibtex_bibfiles", []):
        if not name.startswith("book/"):  # those below book/ are staged with the prose
            yield project.root / name


def _chapter(project: Project, path: Path, end: str) -> dict[str, bytes]:
    """The staged files of one chapter: the notebook, and what its links lead to."""
    notebook = nbformat.read(path, as_version=4)
    executed = project.executed / path.name
    if executed.exists():
        with suppress(ValueError):  # it failed since its code was edited: show the committed outputs
            notebook = with_outputs(notebook, nbformat.read(executed, as_version=4))
    if end:
        text = with_numbers(project, end, path.name)
        notebook.cells.append(nbformat.v4.new_markdown_cell(text, id="end"))
    narrow = narrow_pictures(notebook)
    boxed = answer_on_top(notebook, path.stem)
    number_figures(boxed.notebook, path.stem)
    traced = trace(project, path, boxed.notebook)
    for cell in traced.notebook.cells:
        if cell.cell_type == "code":
            _render_ready(cell)
    text = nbformat.writes(traced.notebook, version=nbformat.NO_CONVERT) + "\n"
    return {path.relative_to(project.root).as_posix(): text.encode(), **narrow, **boxed.files, **traced.files}


def _render_ready(cell: NotebookNode) -> None:
    """Move a figure's alternative text to where the renderer looks for it, and leave out what only programs read."""
    for output in cell.outputs:
        described = output.get("metadata", {}).pop("ftsec", None)
        if described:
            cell.metadata.setdefault("mystnb", {})["image"] = {"alt": described["alt"]}
        if MIME_TYPE in output.get("data", {}) and "image/png" not in output.data:
            output.data["text/html"] = as_html(output.data[MIME_TYPE])
        for kind in [kind for kind in output.get("data", {}) if kind.startswith(PRIVATE_TYPES)]:
            del output.data[kind]
