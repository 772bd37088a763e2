"""Tables of prose pages: rows of a CSV file, apart by one of its columns, as the chapters' tables look.

A page may hold, on a line of its own::

    % tables: _static/benchmarks.csv by Task

Each value of that column becomes a table with the value as its title; without ``by`` there is one table. What is the
same in every row is said once, in the title. ``below COLUMN`` at the end of the line puts a column of long texts under
its table. A cell that names a page of the book shows that page's title. On a plain checkout the line is a comment.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.base.project import NUMBER
from ftsec.base.words import crowded, in_words, softened

LINE = re.compile(r"^% tables: (?P<file>\S+)(?: by (?P<column>.+?))?(?: below (?P<below>.+))?$", re.MULTILINE)
OF_THE_BOOK = re.compile(r"(?:book|notebooks)/[\w/-]+")  # the name of a page, as its address has it
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
PAGE = re.compile(rf"{NUMBER}_[a-z_]+|[a-z]+(-[a-z]+)+")
MANY = 6  # columns from which a table whose words are too wide for a phone is read there as cards
SHORT = {"Seconds": "Time,\u00a0s", "CPU seconds": "CPU,\u00a0s"}  # headings that leave room for the results on a phone
NUMBER = re.compile(r"[−-]?\d[\d.,]*|–")


def with_tables(text: str, page: Path) -> str:
    """The page's text with tables in place of the lines that name them.

    Raises:
        InputError: if a file or its column does not exist.
    """
    return LINE.sub(lambda found: "\n\n".join(_tables(page, *found.group("file", "column", "below"))), text)


def html_table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]], style: str = "") -> str:
    """An HTML table in the book's style; captions are text, cells are HTML, numbers stand under each other."""
    columns = softened(list(zip(map(escape, headers), *rows, strict=True)))
    cards = not style and len(columns) >= MANY and crowded(columns)
    numeric = [' class="n"' if all(map(NUMBER.fullmatch, column[1:])) else "" for column in columns]
    numeric[:1] = [""]  # the first cell is the row's title
    marks = [
        f' data-label="{column[0]}"{kind}' if cards else kind for column, kind in zip(columns, numeric, strict=True)
    ]
    names, *rows = zip(*columns, strict=True)
    head = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(names, numeric, strict=True))
    body = "\n".join(_row(row, marks) for row in rows)
    title = escape(caption)
    shown = f"<caption>{title}</caption>" if title else ""
    return (
        f'<div class="ftsec-table{" ftsec-cards" * cards}{style}" role="group" tabindex="0" '
        f'aria-label="{title or escape(headers[0])}"><table>'
        f"{shown}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(cells: Sequence[str], numeric: Sequence[str]) -> str:
    first, *rest = cells
    others = "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(numeric[1:], rest, strict=True))
    return f'<tr><th scope="row">{first}</th>{others}</tr>'


def _tables(page: Path, file: str, column: str | None, below: str | None = None) -> Iterable[str]:
    path = page.parent / file
    if not path.exists():
        raise InputError(f"{page.name}: no file {file} beside the page")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [{name: _titled(page, cell) for name, cell in row.items()} for row in csv.DictReader(lines)]
    for name in filter(None, (column, below)):
        if rows and name not in rows[0]:
            raise InputError(f"{page.name}: {file} has no column {name!r}, only {', '.join(rows[0])}")
    for title in dict.fromkeys(row.get(column, "") for row in rows):
        part = [_without(row, column) for row in rows if row.get(column, "") == title]
        yield _table(title, [_without(row, below) for row in part])
        if below:
            yield _below(below, part)


def _below(name: str, rows: list[Mapping[str, str]]) -> str:
    """The texts of a column that is too long for cells, each after its row's name, as one paragraph."""
    texts = " ".join(f"<strong>{escape(next(iter(row.values())))}</strong>: {escape(row[name])}." for row in rows)
    return f'<p class="ftsec-below">{escape(name)}. {texts}</p>'


def _titled(page: Path, cell: str) -> str:
    """A cell that names a page of the book (``notebooks/02_two``) by that page's present title; others as they are."""
    source = page.parent.parent / cell
    if not OF_THE_BOOK.fullmatch(cell):
        return cell
    if (prose := source.with_suffix(".md")).exists():
        text, number = prose.read_text(encoding="utf-8"), ""
    elif (chapter := source.with_suffix(".ipynb")).exists():
        text = "".join(json.loads(chapter.read_text(encoding="utf-8"))["cells"][0]["source"])
        number = chapter.stem.partition("_")[0] + " "
    else:
        return cell
    title = HEADING.search(text)
    return number + title[1] if title else cell


def _without(row: Mapping[str, str], column: str | None) -> dict[str, str]:
    """The row with all columns but one."""
    return {name: value for name, value in row.items() if name != column}


def _table(title: str, rows: list[Mapping[str, str]]) -> str:
    """One table; columns that say the same in every row go to its title."""
    first, *others = rows[0]
    same = [name for name in others if len(rows) > 1 and len({row[name] for row in rows}) == 1]
    headers = [first, *(name for name in others if name not in same)]
    said = "; ".join(f"{name.lower()} {rows[0][name]}" for name in same)
    caption = f"{title}: {said}" if title and said else title or said
    cells = ([escape(_cell(row[name])).replace("_", "_<wbr>") for name in headers] for row in rows)
    shown = [SHORT.get(name, name) for name in headers]
    return html_table(caption and caption[:1].upper() + caption[1:] + ".", shown, cells)


def _cell(text: str) -> str:
    """A number from a hundred on without its fraction; the name of a page or a chapter in words."""
    try:
        value = float(text)
    except ValueError:
        return in_words(text.replace("-", "_")) if PAGE.fullmatch(text) else text
    return f"{value:,.0f}" if "." in text and abs(value) >= 100 else text
