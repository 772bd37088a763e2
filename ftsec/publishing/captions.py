"""Figures of chapters get a number, an address and a caption when they are staged.

The caption is the cell's own (``"mystnb": {"figure": {"caption": ...}}`` in its metadata, as MyST-NB reads it), or the
first sentence of the alternative text. The figure of the cell ``dose`` of chapter 02 is ``#fig-02-dose``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

MARKUP = re.compile(r"([\\`*_{}\[\]<>$#|~])")
SENTENCE = re.compile(r".+?[.!?](?=\s+[A-Z]|$)", re.DOTALL)


def number_figures(notebook: NotebookNode, chapter: str) -> None:
    """Give every figure of a chapter its number, address and caption."""
    numbers = {id_: (number, about) for id_, number, about in figures_of(notebook, chapter)}
    cells = []
    for cell in notebook.cells:
        if cell.id in numbers:
            number, about = numbers[cell.id]
            options = cell.metadata.setdefault("mystnb", {}).setdefault("figure", {})
            caption = options.get("caption") or MARKUP.sub(r"\\\1", _first_sentence(about["alt"]))
            options["caption"] = f"**Figure {number}.** {caption}"
            options["name"] = figure_id(chapter, cell.id)
            cells += _apart(cell)
        else:
            cells.append(cell)
    notebook.cells = cells


def _apart(cell: NotebookNode) -> list[NotebookNode]:
    """The cell, and its figure in one of its own where it shows more: a caption would go to every output of a cell."""
    drawn = [output for output in cell.outputs if "ftsec" in output.get("metadata", {})]
    others = [output for output in cell.outputs if output not in drawn]
    if not others:
        return [cell]
    # never shown; a cell without code would be left out
    figure = new_code_cell("# the figure", outputs=drawn, metadata={"tags": ["remove-input"]}, id=f"{cell.id}-figure")
    figure.metadata["mystnb"] = cell.metadata.pop("mystnb")
    cell.outputs = others
    return [cell, figure]


def figures_of(notebook: NotebookNode, chapter: str) -> Iterator[tuple[str, str, dict]]:
    """The figures of a chapter: the id of the cell, the figure's number, as in ``"2.1"``, and what is noted of it."""
    prefix = _label(chapter).lstrip("0") or "0"
    place = 0
    for cell in notebook.cells:
        noted = (output.get("metadata", {}).get("ftsec") for output in cell.get("outputs", []))
        if about := next(filter(None, noted), None):
            place += 1
            yield cell.id, f"{prefix}.{place}", about


def figure_id(chapter: str, cell: str) -> str:
    """The address of a cell's figure within its page."""
    return f"fig-{_label(chapter)}-{cell.replace('_', '-')}"


def _label(chapter: str) -> str:
    """What stands before the chapter's name: ``"02"``."""
    return chapter.split("_")[0]


def _first_sentence(text: str) -> str:
    flat = " ".join(text.split())
    found = SENTENCE.match(flat)
    return found[0] if found else flat
