"""Figures of chapters get a number, an address and a caption when they are staged.

The caption is the cell's own (``"mystnb": {"figure": {"caption": ...}}`` in its metadata, as MyST-NB reads it), or the
first sentence of the alternative text. A caption holds no number of its own: ``{drawn}`` is the number that the chapter
records under that name. The figure of the cell ``dose`` of chapter 02 is ``#fig-02-dose``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from ftsec.base.errors import InputError
from ftsec.base.record import MIME_TYPE, value_in_words

MARKUP = re.compile(r"([\\`*_{}\[\]<>$#|~])")
RECORDED = re.compile(r"(?<!\\)\{(?P<name>\w+)\}")
SENTENCE = re.compile(r".+?[.!?](?=\s+[A-Z]|$)", re.DOTALL)


def number_figures(notebook: NotebookNode, chapter: str) -> None:
    """Give every figure of a chapter its number, address and caption.

    Raises:
        InputError: if a caption names a number that the chapter does not record.
    """
    numbers = {id_: (number, about) for id_, number, about in figures_of(notebook, chapter)}
    cells = []
    for cell in notebook.cells:
        if cell.id in numbers:
            number, about = numbers[cell.id]
            options = cell.metadata.setdefault("mystnb", {}).setdefault("figure", {})
            caption = options.get("caption") or MARKUP.sub(r"\\\1", _first_sentence(about["alt"]))
            options["caption"] = f"**Figure {number}.** {_filled(caption, notebook, chapter)}"
            options["name"] = figure_id(chapter, cell.id)
            cells += _apart(cell)
        else:
            cells.append(cell)
    notebook.cells = cells


def _filled(caption: str, notebook: NotebookNode, chapter: str) -> str:
    """The caption with the chapter's recorded numbers in place of their names."""
    if not RECORDED.search(caption):
        return caption
    bundles = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    recorded = {data[MIME_TYPE]["name"]: data[MIME_TYPE] for data in bundles if MIME_TYPE in data}
    for name in RECORDED.findall(caption):
        if name not in recorded:
            raise InputError(f"a caption of chapter {chapter} names {{{name}}}, which the chapter does not record")
    return RECORDED.sub(lambda match: value_in_words(recorded[match["name"]]), caption)


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
