"""The answer of a chapter, staged: a box under the title with the verdict, what to do, and the main figure in small.

The chapter computes it in a cell; the box is written as Markdown, so that every form of the book can show it.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from PIL import Image

from ftsec.publishing.captions import figure_id, figures_of
from ftsec.publishing.few_colours import few_colours

MIME_TYPE = "application/vnd.ftsec.answer+json"
FOLDER = "notebooks/answers"  # of the pictures, staged
WIDEST, COLOURS = 720, 128  # of a reduced picture: pixels, which a dense screen shows on half as many
SPACE = 24  # pixels between two things drawn; a word's letters are closer
LABEL = 12  # the part of a picture's width that a label along its left edge takes
TALL = 1.45  # height over width from which the phone's picture of a figure is too tall for the box


class Boxed(NamedTuple):
    """A chapter with its answer under its title, and the picture in it by its staged name."""

    notebook: NotebookNode
    files: dict[str, bytes]


def answer_on_top(notebook: NotebookNode, chapter: str) -> Boxed:
    """The chapter with its answer, if it computes one, right under its title; the cell that does so gives way to it.

    Args:
        chapter: its name, as in ``"02_safety_asymmetry"``.
    """
    cell, found = next(_answers(notebook.cells), (None, None))
    if cell is None:
        return Boxed(notebook, {})
    files = _picture(notebook, found["figure"])
    heading, _, rest = notebook.cells[0].source.partition("\n")
    box = new_markdown_cell(_box(notebook, chapter, found, files), id="answer")
    top = [new_markdown_cell(heading, id=notebook.cells[0].id), box, new_markdown_cell(rest.strip(), id="about")]
    notebook.cells = [*top, *(each for each in notebook.cells[1:] if each is not cell)]
    return Boxed(notebook, files)


def _answers(cells: Iterable[NotebookNode]) -> Iterable[tuple[NotebookNode, dict]]:
    for cell in cells:
        for output in cell.get("outputs", []):
            if MIME_TYPE in output.get("data", {}):
                yield cell, output.data[MIME_TYPE]


def _box(notebook: NotebookNode, chapter: str, found: dict, files: dict[str, bytes]) -> str:
    parts = [f"**In short.** {found['verdict']}", _counted(found), f"**What to do.** {found['advice']}"]
    words = "\n\n".join(filter(None, parts))
    picture = "".join(_figure(notebook, chapter, found["figure"], Path(file).name) for file in files)
    return f"::::::{{div}} ftsec-answer\n:::::{{div}} ftsec-answer-words\n{words}\n:::::\n{picture}\n::::::"


def _counted(found: dict) -> str:
    """How many claims got which verdict: a list of chips, read as a sentence."""
    counts = list(found["counts"].items() if isinstance(found["counts"], dict) else found["counts"])  # both are stored
    if not counts:
        return ""
    chips = (f'<span class="verdict verdict-{v.replace(" ", "-")}">{n} {v}</span>' for v, n in counts)
    whose = f" {found['scope']}" if found["scope"] else ""
    n = sum(n for _, n in counts)
    return f'<p class="ftsec-answer-claims">{n} claims{whose}: {", ".join(chips)}</p>'


def _figure(notebook: NotebookNode, chapter: str, cell: str, file: str) -> str:
    number, about = next((number, about) for id_, number, about in figures_of(notebook, chapter) if id_ == cell)
    shown = "its upper part" if file.endswith("-top.png") else "in small"
    alt = json.dumps(f"Figure {number}, {shown}. {' '.join(about['alt'].split())}", ensure_ascii=False)
    return (
        f":::::{{image}} answers/{file}\n:alt: {alt}\n"
        f':target: "#{figure_id(chapter, cell)}"\n:class: ftsec-figure ftsec-small dark-light\n:::::'
    )


def _picture(notebook: NotebookNode, cell: str) -> dict[str, bytes]:
    """The headline figure as it is drawn for phones, whose letters are large for its size, or its upper part.

    A figure that is drawn in one width is reduced.

    The phone's picture has the name under which the page shows it further down, so that nobody fetches it twice.
    """
    for each in notebook.cells:
        for output in each.get("outputs", []) if each.id == cell else []:
            about = output.get("metadata", {}).get("ftsec")
            if about:
                wide = base64.b64decode("".join(output.data["image/png"]))
                name = f"{FOLDER}/{sha256(wide).hexdigest()}"
                narrow = base64.b64decode(about.get("narrow", ""))
                if narrow and not _is_tall(narrow):
                    return {f"{name}-narrow.png": narrow}
                return {f"{name}-top.png": _top(narrow)} if narrow else {f"{name}-small.png": _reduced(wide)}
    return {}


def _is_tall(picture: bytes) -> bool:
    with Image.open(io.BytesIO(picture)) as drawn:
        return drawn.height > TALL * drawn.width


def _top(picture: bytes) -> bytes:
    """The upper part of a tall picture, down to its widest gap near the limit, in few colours.

    The whole would be shown so small that nobody could read its letters. The gap is one between two panels, where only
    a label at the left may go on.
    """
    with Image.open(io.BytesIO(picture)) as drawn:
        shown = drawn.convert("RGB")
        limit = int(TALL * shown.width)
        panels = np.asarray(shown)[:limit, shown.width // LABEL :]
        drawn_in = (panels != 255).any(axis=2).sum(axis=1)  # pixels of each line
        first = limit // 2
        empty = np.flatnonzero(drawn_in[first:] == drawn_in[first:].min())
        gaps = np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1)
        return _packed(_without_cut_label(shown.crop((0, 0, shown.width, first + int(max(gaps, key=len).mean())))))


def _without_cut_label(picture: Image.Image) -> Image.Image:
    """The picture without a label along its left edge that goes on below it."""
    drawn = (np.asarray(picture)[:, : picture.width // LABEL] != 255).any(axis=2)
    columns = drawn[picture.height // 2 :].any(axis=0)
    start = int(columns.argmax())
    end = start + int((~columns[start:]).argmax())  # the first blank column beside it
    lines = np.flatnonzero(drawn[:, :end].any(axis=1))
    if len(lines) and lines[-1] > picture.height - SPACE:
        parts = np.split(lines, np.flatnonzero(np.diff(lines) > SPACE) + 1)
        picture.paste("white", (0, int(parts[-1][0]), end, picture.height))
    return picture


def _reduced(picture: bytes) -> bytes:
    """The picture in so many pixels as the box can show, in few colours."""
    with Image.open(io.BytesIO(picture)) as drawn:
        return _packed(drawn.convert("RGB"))


def _packed(picture: Image.Image) -> bytes:
    picture.thumbnail((WIDEST, TALL * WIDEST), Image.Resampling.LANCZOS)
    return few_colours(picture, COLOURS)
