"""Prose pages take figures and numbers from executed chapters, so that nothing in them is typed from memory.

A page under `book/` may hold, on a line of its own::

    % figure: 15_dose_response#curves The caption, in Markdown.

(the figure that the cell ``curves`` of that chapter draws; ``% small figure:`` shows it as it is drawn for phones, with
letters that are large for its size), and anywhere in its text ``{record}`15:half_dose```
(the value recorded under that name) or ``{record}`15:half_dose:interval```. On a plain checkout the first is a
comment and the second stays as it is printed; the staged page holds the picture and the number.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.base.record import as_text
from ftsec.base.words import digits, places
from ftsec.publishing.address import book_address
from ftsec.publishing.narrow_pictures import staged_name
from ftsec.publishing.status import MARK, Counts, status_table
from ftsec.publishing.tables import with_tables
from ftsec.running.recorded import results_of

FIGURE = re.compile(r"^% (?P<small>small )?figure: (?P<chapter>\S+)#(?P<cell>\S+) ?(?P<caption>.*)$", re.MULTILINE)
RECORD = re.compile(r"\{record\}`(?P<chapter>[^:`]+):(?P<name>[^:`]+)(?::(?P<part>\w+))?`")
ENTRY = re.compile(r"^@misc\{ftsec\d+,\n", re.MULTILINE)  # the book's own, where a page says how to cite it
COLOURS = 64  # of a picture on a prose page
PARTS = ("value", "unit", "interval", "percent", "percent_interval", "short", "text")


def stage_prose(project: Project, page: Path, counts: Counts | None = None) -> dict[str, bytes]:
    """The staged files of one Markdown page, by name relative to the root: the page, and the pictures it shows.

    A line ``% status`` becomes the table of all chapters; `counts` adds columns to it (see `status_table`). A line
    ``% tables: FILE`` becomes the tables of that file (see `ftsec.publishing.tables`).

    Raises:
        InputError: if a chapter, a figure, a recorded number or a table that the page names does not exist.
    """
    name = page.relative_to(project.root).as_posix()
    files: dict[str, bytes] = {}

    def figure(match: re.Match) -> str:
        chapter = match["chapter"]
        drawn = _figure(_executed(project, chapter, name), chapter, match["cell"], name)
        stem = f"{match['chapter']}-{match['cell']}{'-small' if match['small'] else ''}"
        file = f"{page.parent.relative_to(project.root).as_posix()}/figures/{stem}.png"
        about = drawn.get("metadata", {}).get("ftsec", {})
        wide, narrow = drawn["data"]["image/png"], about.get("narrow")
        files[file] = _png(narrow or wide if match["small"] else wide)
        if narrow and not match["small"]:
            files[staged_name(stem)] = _png(narrow)
        alt = f"{'The figure in small. ' if match['small'] else ''}{' '.join(about.get('alt', '').split())}"
        return f":::{{figure}} figures/{Path(file).name}\n:alt: {alt}\n\n{match['caption']}\n:::"

    text = with_tables(FIGURE.sub(figure, page.read_text(encoding="utf-8")), page)
    text = cited_at(with_numbers(project, text, name), book_address(project))
    if f"\n{MARK}\n" in text:
        text = text.replace(f"\n{MARK}\n", f"\n{status_table(project, counts or {})}\n")
    return {name: text.encode(), **files}


def shown_chapters(project: Project) -> set[str]:
    """The chapters that prose pages show figures of, by their files' names."""
    pages = sorted((project.root / "book").rglob("*.md"))
    return {each["chapter"] for page in pages for each in FIGURE.finditer(page.read_text(encoding="utf-8"))}


def cited_at(text: str, address: str) -> str:
    """The page with the book's address in the BibTeX entry of the book, where it has one."""
    return ENTRY.sub(lambda entry: f"{entry[0]}  url    = {{{address}}},\n", text) if address else text


def with_numbers(project: Project, text: str, page: str) -> str:
    """The text with recorded numbers in place of their names.

    Args:
        page: what is to be named if a number does not exist.
    """
    return RECORD.sub(_number(project, page), text)


def _number(project: Project, page: str) -> Callable[[re.Match], str]:
    def number(match: re.Match) -> str:
        results = {result["name"]: result for result in results_of(_executed(project, match["chapter"], page))}
        if match["name"] not in results:
            known = ", ".join(sorted(results)) or "nothing"
            raise InputError(f"{page}: chapter {match['chapter']} records no {match['name']!r}, only {known}")
        return _shown(results[match["name"]], match["part"] or "value", page)

    return number


def _shown(result: dict, part: str, page: str) -> str:
    if part == "text":
        return as_text(result)
    if part == "unit" and result["unit"]:
        return result["unit"]
    if part == "interval" and result["interval"]:
        shared = places(result["interval"])
        return "–".join(digits(bound, shared) for bound in result["interval"])
    if part == "percent_interval" and result["interval"]:
        return "–".join(f"{100 * bound:.0f}" for bound in result["interval"]) + " %"
    if part == "percent":
        return f"{100 * result['value']:.0f} %"
    if part == "short" and isinstance(result["value"], str):  # words without what stands in brackets behind them
        return f"{result['value']}".partition(" (")[0]
    if part == "value":
        value = result["value"]
        return digits(value) if isinstance(value, float) else f"{value}"
    raise InputError(f"{page}: {result['name']} has no {part!r}; allowed are {', '.join(PARTS)}")


def _executed(project: Project, chapter: str, page: str) -> list[dict]:
    """The cells of a chapter's executed copy, or of the committed one where it has not been executed."""
    try:
        source = project.chapter(chapter)
    except InputError as unknown:
        raise InputError(f"{page}: {unknown}") from unknown
    copy = project.executed / source.name
    path = copy if copy.exists() else source
    about = path.stat()
    return _cells(path, about.st_mtime_ns, about.st_ctime_ns, about.st_size)


@lru_cache(maxsize=64)
def _cells(path: Path, *version: int) -> list[dict]:
    """The cells as they stand in the file; a page names one chapter many times, and there are many pages."""
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def _figure(cells: list[dict], chapter: str, cell: str, page: str) -> dict:
    """The output of a cell that holds a picture."""
    for each in cells:
        for output in each.get("outputs", []) if each.get("id") == cell else []:
            if "image/png" in output.get("data", {}):
                return output
    if any(each.get("id") == cell for each in cells):
        raise InputError(f"{page}: the figure {cell!r} of chapter {chapter} was not drawn yet: run `make book` first")
    raise InputError(f"{page}: chapter {chapter} has no cell {cell!r}")


def _png(lines: str | list[str]) -> bytes:
    """The picture in few colours, whose difference no eye sees: prose pages are the first that a visitor loads."""
    light = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode("".join(lines)))) as drawn:
        few = drawn.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(light, "png", optimize=True)
    return light.getvalue()
