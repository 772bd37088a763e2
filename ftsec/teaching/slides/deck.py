"""The slides of one chapter: a notebook with a slide a cell, from the chapter's cells and a choice of what to show.

A deck opens with the claim and a sealed prediction, shows what was chosen from the chapter, and closes with the
verdict, what to do, the exercises and what the chapter does not show. Only the choice and its headings are
written for the slides; everything else stands in the chapter or belongs to its lab.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ftsec.base.errors import InputError
from ftsec.base.vocabulary import VERDICTS
from ftsec.teaching.exercises import labs
from ftsec.teaching.slides.pieces import cut_picture, cut_table, verdict_counts
from ftsec.teaching.slides.words import as_points, formulas, pages, plain, without_heading

SHORT, LONG = 240, 420  # characters: a text slide below or above is set larger or smaller
FULL = 900  # characters: a list that is longer goes on on a second slide
CLOSE = (  # section of the chapter, small and large heading of its slide
    ("Verdict", "Verdict", "Does the claim hold?"),
    ("What to do", "At the end", "What to do"),
    ("Try it", "Your turn", "Try it"),
)
Words = Callable[[str], str]


@dataclass(frozen=True)
class Shown:
    """One chosen slide.

    Attributes:
        cell: id of the chapter's cell that draws the figure or table, or that holds the text.
        title: the slide's heading.
        part: of a figure only this, see `cut_picture`; empty for the whole.
        rows, columns: what to keep of a table; all if not given.
        caption: in place of a table's own; empty for none.
        formulas: of a text only the displayed formulas and what they are made of.
    """

    cell: str
    title: str
    part: Mapping = field(default_factory=dict)
    rows: int | None = None
    columns: tuple[str, ...] = ()
    caption: str | None = None
    formulas: bool = False


@dataclass(frozen=True)
class Choice:
    """What the deck of one chapter shows of it, and which sentences of its verdict (None: all)."""

    slides: tuple[Shown, ...]
    verdict: tuple[int, ...] | None = None


@cache
def choices() -> Mapping[str, Choice]:
    """The choice for each chapter, by its number."""
    text = resources.files("ftsec.teaching.slides").joinpath("choice.toml").read_text(encoding="utf-8")
    return {number: _choice(**entry) for number, entry in tomllib.loads(text).items()}


def _choice(slides: list[dict], verdict: list[int] | None = None) -> Choice:
    return Choice(tuple(map(_shown, slides)), None if verdict is None else tuple(verdict))


def _shown(entry: dict) -> Shown:
    return Shown(columns=tuple(entry.pop("columns", ())), **entry)


def make_deck(chapter: NotebookNode, number: str, cite: Callable[[str], str], notes: str = "") -> NotebookNode:
    """The slide notebook of an executed chapter.

    Args:
        cite: the names behind a citation, as in `ftsec.evidence.cite`.
        notes: what the speaker reads on the title slide, Markdown.

    Raises:
        InputError: if a chosen cell is gone or shows nothing.
    """

    def words(text: str) -> str:
        return plain(text, cite)

    title = words(chapter.cells[0].source.split("\n")[0].removeprefix("# "))
    cells = [
        *_title(chapter.cells[0].source, number, words, notes),
        *_lab(number, "Your turn", "Write it down first", lambda lab: lab.prediction),
        *(cell for chosen in choices()[number].slides for cell in _chosen(chapter, chosen, words)),
        *_closing(chapter, words, choices()[number].verdict),
        *_lab(number, "At the end", "What this does not show", lambda lab: lab.not_shown),
    ]
    return new_notebook(cells=cells, metadata={"title": f"Chapter {number}: {title}"})


def _title(source: str, number: str, words: Words, notes: str) -> Iterator[NotebookNode]:
    heading, *rest = words(source).split("\n\n")
    claim = " ".join(rest[0].split())
    yield _slide("title", f'<p class="kicker">Chapter {number}</p>\n\n{heading}\n\n{claim}')
    yield _notes(words(notes) or claim)


def _lab(number: str, kicker: str, title: str, text: Callable) -> Iterator[NotebookNode]:
    if number in labs():
        yield _slide("words", f"{_head(kicker, title)}\n\n{text(labs()[number])}")


def _chosen(chapter: NotebookNode, chosen: Shown, words: Words) -> Iterator[NotebookNode]:
    position = next((i for i, cell in enumerate(chapter.cells) if cell.id == chosen.cell), None)
    if position is None:
        raise InputError(f"the slides show a cell {chosen.cell!r} that the chapter does not have")
    cell, head = chapter.cells[position], _head(_section(chapter, position), chosen.title)
    if cell.cell_type == "markdown":
        text = formulas(cell.source) if chosen.formulas else without_heading(cell.source)
        yield _slide("formula" if chosen.formulas else "text", f"{head}\n\n{words(text)}")
    else:
        kind, output = _output(cell, chosen)
        yield _slide(kind, head)
        yield new_code_cell("", outputs=[output], metadata={"slideshow": {"slide_type": "-"}})
    near = chapter.cells[max(0, position - 1) : position + 2]
    said = [words(without_heading(each.source)) for each in near if each.cell_type == "markdown"]
    yield _notes("\n\n".join(said))


def _output(cell: NotebookNode, chosen: Shown) -> tuple[str, NotebookNode]:
    """Whether the cell shows a figure or a table, and the piece of it that was chosen."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            picture = cut_picture(data["image/png"], **chosen.part) if chosen.part else data["image/png"]
            alt = "Part of a figure. " if chosen.part else ""
            about = {"alt": alt + " ".join(output.metadata["ftsec"]["alt"].split())}
            return "figure", new_output("display_data", {"image/png": picture}, metadata=about)
        if "<table" in data.get("text/html", ""):
            table = cut_table(data["text/html"], chosen.title, chosen.rows, chosen.columns, chosen.caption)
            return "table", new_output("display_data", {"text/html": table})
    raise InputError(f"the slides show the cell {chosen.cell!r}, which has neither figure nor table")


def _closing(chapter: NotebookNode, words: Words, verdict: tuple[int, ...] | None) -> Iterator[NotebookNode]:
    for section, kicker, title in CLOSE:
        inside = [cell for i, cell in enumerate(chapter.cells) if _section(chapter, i) == section]
        texts = [words(without_heading(cell.source)) for cell in inside if cell.cell_type == "markdown"]
        text = "\n\n".join(texts) if section == "Try it" else texts[0]
        body = as_points(text, verdict if section == "Verdict" else None)
        body += _counted(inside) if section == "Verdict" else ""
        for number, page in enumerate(pages(body, FULL), start=1):
            heading = title if number == 1 else f"{title}, continued"
            yield _slide("text", f"{_head(kicker, heading)}\n\n{page}", size=_size(page))


def _counted(cells: list[NotebookNode]) -> str:
    html = [output.get("data", {}).get("text/html", "") for cell in cells for output in cell.get("outputs", [])]
    counts = verdict_counts(html)
    if not counts:
        return ""
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    claims = "claim" if counts.total() == 1 else "claims"
    return f'\n\n<p class="counted">{counts.total()} {claims} read: {told}.</p>'


def _section(chapter: NotebookNode, position: int) -> str:
    """The last ``##`` heading up to a cell."""
    for cell in reversed(chapter.cells[: position + 1]):
        for line in reversed(cell.source.splitlines()) if cell.cell_type == "markdown" else []:
            if line.startswith("## "):
                return line.removeprefix("## ").strip()
    return ""


def _head(kicker: str, title: str) -> str:
    return f'<p class="kicker">{kicker}</p>\n\n## {title}'


def _size(text: str) -> str:
    return "long" if len(text) > LONG else "short" if len(text) < SHORT else ""


def _slide(kind: str, source: str, size: str = "") -> NotebookNode:
    data = {"kind": kind} | ({"size": size} if size else {})
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": "slide", "data": data}})


def _notes(source: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": "notes"}})
