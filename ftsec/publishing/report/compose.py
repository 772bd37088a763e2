"""A run's notebook becomes one HTML page: the chapter as the book stages it, under a head that says what was run."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ftsec.base.project import Project, number_of
from ftsec.publishing.address import book_address
from ftsec.publishing.answer import Boxed, answer_on_top
from ftsec.publishing.captions import number_figures
from ftsec.publishing.report.cells import cell_html, code_colours, inside
from ftsec.publishing.report.citations import Citations
from ftsec.publishing.report.head import head
from ftsec.publishing.report.links import with_working_links
from ftsec.publishing.report.words import rendered
from ftsec.publishing.run_report import page
from ftsec.publishing.status import title
from ftsec.running.recorded import read_results
from ftsec.running.store import Run

MARK = "xxcell{}xx"  # a paragraph of the text that a code cell's HTML takes the place of
MARKED = re.compile(r"<p>xxcell(\d+)xx</p>")
BLANKS = re.compile(r">\n +<(?=/?m)")  # what is set apart in formulas
BOOK = "The measured book of training-phase security"


def report(notebook: Path, run: Run, project: Project) -> str:
    """The whole page.

    Args:
        notebook: executed.
    """
    source = project.chapter(run.chapter)
    boxed = answer_on_top(nbformat.read(notebook, as_version=4), run.chapter)
    number_figures(boxed.notebook, run.chapter)
    citations = Citations(project)
    body = _with_cells(rendered(_text(boxed.notebook), citations), boxed, run.chapter)
    body = _under_title(body, head(run, read_results(source)), number_of(source))
    address = book_address(project)
    body = with_working_links(f"{body}\n{citations.as_html()}", run.chapter, address)
    return page(title(source), body, code_colours(), _foot(run, address))


def _text(notebook: NotebookNode) -> str:
    """The Markdown of all cells, a mark in each code cell's place."""
    return "\n\n".join(
        cell.source if cell.cell_type == "markdown" else MARK.format(number)
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type in ("markdown", "code")
    )


def _with_cells(body: str, boxed: Boxed, chapter: str) -> str:
    body = MARKED.sub(lambda mark: cell_html(boxed.notebook.cells[int(mark[1])], chapter), body)
    for name, picture in boxed.files.items():
        body = body.replace(f'src="answers/{Path(name).name}"', f'src="{inside(picture)}"')
    return BLANKS.sub("><", body)


def _under_title(body: str, words: str, number: str) -> str:
    """The head after the first heading, or before everything where there is none."""
    before, heading, after = body.partition("</h1>")
    if not heading:
        return words + body
    return (
        f"{before.replace('<h1>', f'<p class=ftsec-number>Chapter {escape(number)}</p><h1>', 1)}</h1>\n{words}{after}"
    )


def _foot(run: Run, address: str) -> str:
    book = f'<a href="{escape(address)}">{BOOK}</a>' if address else f"<em>{BOOK}</em>"
    return f"<footer>{book}, chapter {escape(run.chapter)}, run {escape(run.key[:10])}</footer>"
