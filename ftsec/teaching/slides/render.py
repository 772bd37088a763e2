"""Decks as reveal.js pages, by nbconvert: every file they need lies beside them, no other host is asked."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ftsec.base.errors import InputError
from ftsec.base.files import write_if_changed
from ftsec.base.project import Project
from ftsec.publishing.run_report import page, reports_available
from ftsec.running.committed_form import with_outputs
from ftsec.teaching.plans import read_plan
from ftsec.teaching.slides.deck import choices, make_deck
from ftsec.teaching.slides.speaker import course
from ftsec.teaching.slides.timing import Lesson, lesson_of
from ftsec.teaching.slides.words import HEADING

HERE = resources.files("ftsec.teaching.slides")
ASSETS = ("reset.css", "reveal.css", "reveal.js", "notes.js", "LICENSE")
PREFIX = "reveal"  # the assets' folder beside the decks
NOTES = Path("book") / "teach" / "notes.md"
LIST_STYLE = "li { margin: .6rem 0 } a { font-size: 1.1rem }"


def write_decks(
    project: Project, chapters: list[Path], output: Path, cite: Callable[[str], str], plan: str | None = None
) -> list[Path]:
    """Write a deck for each chapter, what they need, and a page that lists them; returns the decks.

    Args:
        cite: the names behind a citation, as in `ftsec.evidence.cite`.
        plan: its minutes stand in the speaker's notes; None: as many as the slides and exercises take.

    Raises:
        InputError: if nbconvert is missing, or a chapter was not executed since its code changed.
    """
    written = []
    for name, content in deck_files(project, chapters, cite, plan).items():
        write_if_changed(output / name, content)
        written += [output / name] if name.endswith(".slides.html") else []
    return written


def deck_files(
    project: Project, chapters: list[Path], cite: Callable[[str], str], plan: str | None = None
) -> dict[str, bytes]:
    """Every file of a folder of decks, by name: the decks, their assets, and the page that lists them.

    A chapter for which no slides are chosen has none.

    Raises:
        InputError: if that is so of all, nbconvert is missing, or a chapter was not executed since its code changed.
    """
    if not reports_available():
        raise InputError("slides need nbconvert, which comes with: pip install 'ftsec[book]'")
    schedule = read_plan(project.root, plan) if plan else None
    decks = {
        path.stem: deck_of(project, path, cite, lesson_of(schedule, path.stem) if schedule else None)
        for path in chapters
        if has_slides(path)
    }
    if not decks:
        raise InputError(f"nothing is chosen for the slides of {', '.join(path.stem for path in chapters)}")
    files = {f"{name}.slides.html": render(deck).encode() for name, deck in decks.items()}
    files |= {f"{PREFIX}/{name}": HERE.joinpath("reveal", name).read_bytes() for name in ASSETS}
    files[f"{PREFIX}/ftsec.css"] = HERE.joinpath("slides.css").read_bytes()
    files["index.html"] = _list(decks).encode()
    return files


def has_slides(chapter: Path) -> bool:
    """Whether `choice.toml` says what the slides of this chapter show."""
    return chapter.stem.split("_")[0] in choices()


def deck_of(project: Project, path: Path, cite: Callable[[str], str], lesson: Lesson | None = None) -> NotebookNode:
    """The slide notebook of one chapter, from its executed copy.

    Raises:
        InputError: if the chapter was not executed in its present form.
    """
    number = path.stem.split("_")[0]
    try:
        executed = nbformat.read(project.executed / path.name, as_version=4)
        chapter = with_outputs(nbformat.read(path, as_version=4), executed)
    except (FileNotFoundError, ValueError) as error:
        raise InputError(f"chapter {number} was not executed in its present form; run `ftsec build` first") from error
    return make_deck(chapter, number, cite, _teacher_notes(project, number), lesson)


def render(deck: NotebookNode) -> str:
    """The page of one deck."""
    return _exporter().from_notebook_node(deck)[0]


@cache
def _exporter() -> object:
    """nbconvert's exporter; kept, since it compiles its templates."""
    from nbconvert import SlidesExporter

    return SlidesExporter(
        extra_template_basedirs=[str(HERE)],
        template_name="template",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        reveal_url_prefix=PREFIX,
    )


def slide_count(deck: NotebookNode) -> int:
    return sum(cell.metadata["slideshow"]["slide_type"] == "slide" for cell in deck.cells)


def _list(decks: dict[str, NotebookNode]) -> str:
    lines = [
        f'<li><a href="{name}.slides.html">{html.escape(deck.metadata.title)}</a>, {slide_count(deck)} slides, '
        f"{deck.metadata.minutes:g} minutes{f' in {course(deck.metadata.plan)}' if deck.metadata.plan else ''}</li>"
        for name, deck in decks.items()
    ]
    keys = "Arrow keys move, S opens the speaker's notes, O shows all slides, ? lists the keys. For print, open a deck"
    about = f"<p>{keys} with <code>?print-pdf</code> behind its address.</p>"
    return page("Slides", f"<h1>Slides</h1>\n{about}\n<ul>\n" + "\n".join(lines) + "\n</ul>", LIST_STYLE)


def _teacher_notes(project: Project, number: str) -> str:
    """The section of the page of notes on this chapter."""
    page_of_notes = project.root / NOTES
    text = page_of_notes.read_text(encoding="utf-8") if page_of_notes.exists() else ""
    _, found, rest = text.partition(f"\n## Chapter {number}:")
    return HEADING.split(rest.partition("\n")[2])[0].strip() if found else ""
