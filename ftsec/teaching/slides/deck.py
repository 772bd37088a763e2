"""The slides of one chapter: a notebook with a slide a cell, from the chapter's cells and a choice of what to show.

A deck opens with the claim and a sealed prediction, shows what was chosen from the chapter, and closes with the
verdict, what to do, the exercises and what the chapter does not show. Only the choice and its headings are
written for the slides; everything else stands in the chapter or belongs to its lab.
"""

from __future__ import annotations

import re
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
from ftsec.teaching.slides import speaker
from ftsec.teaching.slides.pieces import cut_picture, cut_table, verdict_counts
from ftsec.teaching.slides.timing import Lesson, lesson_without_plan, minutes
from ftsec.teaching.slides.words import as_points, formulas, pages, plain, without_heading

SHORT, LONG = 240, 420  # characters: a text slide below or above is set larger or smaller
FULL = 800  # characters: a list that is longer goes on on a second slide
CLOSE = (  # section of the chapter, small and large heading of its slide
    ("Verdict", "Verdict", "Does the claim hold?"),
    ("What to do", "At the end", "What to do"),
    ("Try it", "Your turn", "Try it"),
)
ROLES = {"Verdict": "verdict", "What to do": "to do", "Try it": "exercises"}
PART_OF = "Part of a figure. "
ASKED = re.compile(r"^(\d+)\. ", re.MULTILINE)  # an exercise on its slide
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
        key: the slide that stays however short the time is, and that the speaker's notes speak of.
        say: what the speaker says of it, where the text around it in the chapter does not.
    """

    cell: str
    title: str
    part: Mapping = field(default_factory=dict)
    rows: int | None = None
    columns: tuple[str, ...] = ()
    caption: str | None = None
    formulas: bool = False
    key: bool = False
    say: str = ""


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


@dataclass
class Slide:
    """One slide while a deck is made: its cells, its part in the lesson, and what the speaker reads."""

    role: str
    kind: str
    source: str
    notes: str
    size: str = ""
    output: NotebookNode | None = None
    asked: tuple[str, ...] = ()


def make_deck(
    chapter: NotebookNode, number: str, cite: Callable[[str], str], notes: str = "", lesson: Lesson | None = None
) -> NotebookNode:
    """The slide notebook of an executed chapter.

    Args:
        cite: the names behind a citation, as in `ftsec.evidence.cite`.
        notes: this chapter's section of the page of notes, Markdown.
        lesson: the time that a plan gives the chapter; as long as it takes if None.

    Raises:
        InputError: if a chosen cell is gone or shows nothing, or a slide has nothing for the speaker.
    """

    def words(text: str) -> str:
        return plain(text, cite)

    title = words(chapter.cells[0].source.split("\n")[0].removeprefix("# "))
    said = speaker.parts(words(notes))
    slides = [
        _title(chapter.cells[0].source, number, words, said),
        *_lab(number, "prediction", "Your turn", "Write it down first", speaker.prediction),
        *(_chosen(chapter, chosen, words, said) for chosen in choices()[number].slides),
        *_closing(chapter, words, choices()[number].verdict),
        *_lab(number, "not shown", "At the end", "What this does not show", lambda _: speaker.not_shown()),
    ]
    roles = [slide.role for slide in slides]
    lesson = lesson or lesson_without_plan(number, roles)
    closing = {
        "verdict": speaker.verdict(said),
        "to do": speaker.to_do(),
    }
    for slide in slides:
        slide.asked = tuple(f"{number}-{n}" for n in ASKED.findall(slide.source)) if slide.role == "exercises" else ()
        own = speaker.work(slide.asked, lesson, said) if slide.role == "exercises" else ""
        slide.notes = slide.notes or own or closing.get(slide.role, "")
    given = minutes(roles, lesson, [slide.asked for slide in slides])
    about = {"title": f"Chapter {number}: {title}", "minutes": sum(given), "plan": lesson.plan}
    return new_notebook(cells=list(_cells(slides, given, number, lesson.plan)), metadata=about)


def _cells(slides: list[Slide], given: list[float], number: str, plan: str) -> Iterator[NotebookNode]:
    start = 0.0
    for slide, length in zip(slides, given, strict=True):
        if not slide.notes.strip():
            raise InputError(f"chapter {number}: a slide has nothing for the speaker, add `say` to it: {slide.source}")
        timing = {"timing": f"{60 * length:.0f}"}  # seconds, for the clock of reveal.js's speaker view
        yield _slide(slide.kind, slide.source, slide.size, timing)
        if slide.output is not None:
            yield new_code_cell("", outputs=[slide.output], metadata={"slideshow": {"slide_type": "-"}})
        yield _notes(f"{speaker.clock(start, length, plan)}\n\n{slide.notes}")
        start += length


def _title(source: str, number: str, words: Words, said: Mapping[str, str]) -> Slide:
    heading, *rest = words(source).split("\n\n")
    claim = " ".join(rest[0].split())
    shown = f'<p class="kicker">Chapter {number}</p>\n\n{heading}\n\n{claim}'
    return Slide("title", "title", shown, speaker.title(said, claim))


def _lab(number: str, role: str, kicker: str, title: str, notes: Callable[[str], str]) -> Iterator[Slide]:
    if number in labs():
        text = labs()[number].prediction if role == "prediction" else labs()[number].not_shown
        yield Slide(role, "words", f"{_head(kicker, title)}\n\n{text}", notes(number))


def _chosen(chapter: NotebookNode, chosen: Shown, words: Words, said: Mapping[str, str]) -> Slide:
    position = next((i for i, cell in enumerate(chapter.cells) if cell.id == chosen.cell), None)
    if position is None:
        raise InputError(f"the slides show a cell {chosen.cell!r} that the chapter does not have")
    cell, head = chapter.cells[position], _head(_section(chapter, position), chosen.title)
    notes = [f"**Show.** {said['Show']}"] if chosen.key and "Show" in said else []
    notes += [words(chosen.say)] if chosen.say else []
    near = chapter.cells[max(0, position - 1) : position + 2]
    notes += [words(without_heading(each.source)) for each in near if each.cell_type == "markdown"]
    role = "key" if chosen.key else "shown"
    if cell.cell_type == "markdown":
        text = formulas(cell.source) if chosen.formulas else without_heading(cell.source)
        shown = f"{head}\n\n{words(text)}"
        return Slide(role, "formula" if chosen.formulas else "text", shown, "\n\n".join(filter(None, notes)))
    kind, output = _output(cell, chosen)
    if kind == "figure":
        notes.append(f"**In words.** {output.metadata.alt.removeprefix(PART_OF)}")
    return Slide(role, kind, head, "\n\n".join(filter(None, notes)), output=output)


def _output(cell: NotebookNode, chosen: Shown) -> tuple[str, NotebookNode]:
    """Whether the cell shows a figure or a table, and the piece of it that was chosen."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            picture = cut_picture(data["image/png"], **chosen.part) if chosen.part else data["image/png"]
            alt = PART_OF if chosen.part else ""
            about = {"alt": alt + " ".join(output.metadata["ftsec"]["alt"].split())}
            return "figure", new_output("display_data", {"image/png": picture}, metadata=about)
        if "<table" in data.get("text/html", ""):
            table = cut_table(data["text/html"], chosen.title, chosen.rows, chosen.columns, chosen.caption)
            return "table", new_output("display_data", {"text/html": table})
    raise InputError(f"the slides show the cell {chosen.cell!r}, which has neither figure nor table")


def _closing(chapter: NotebookNode, words: Words, verdict: tuple[int, ...] | None) -> Iterator[Slide]:
    for section, kicker, title in CLOSE:
        inside = [cell for i, cell in enumerate(chapter.cells) if _section(chapter, i) == section]
        texts = [words(without_heading(cell.source)) for cell in inside if cell.cell_type == "markdown"]
        text = "\n\n".join(texts) if section == "Try it" else texts[0]
        body = as_points(text, verdict if section == "Verdict" else None)
        body += _counted(inside) if section == "Verdict" else ""
        for number, page in enumerate(pages(body, FULL), start=1):
            heading = title if number == 1 else f"{title}, continued"
            yield Slide(ROLES[section], "text", f"{_head(kicker, heading)}\n\n{page}", "", _size(page))


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


def _slide(kind: str, source: str, size: str, more: dict[str, str]) -> NotebookNode:
    data = {"kind": kind} | ({"size": size} if size else {}) | more
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": "slide", "data": data}})


def _notes(source: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": "notes"}})
