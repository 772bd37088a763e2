"""What a chapter's page shows of `ftsec.article`: its tables cell by cell, and the sentences of its text and figures.

Listings, printed dumps and solutions are no place to read an article: code cells, what they `print`, blocks of code in
the text and everything folded are left out.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

import ftsec.article
from ftsec.base.project import find_project
from ftsec.base.words import in_words, tidy

PROJECT = find_project(Path(__file__))
CODE_BLOCK = re.compile(r"^```.*?^```|^:::\{dropdown\}.*?^:::", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
SENTENCE = re.compile(r"(?<=[.?!:;])\s+|\n\s*\n|\n(?=[-*\d|])")
SEGMENT = re.compile(r"[,;:()|]|\. |\s–\s")


@dataclass(frozen=True)
class Entry:
    """One printed value of an article.

    Attributes:
        module, path: where it stands in `ftsec.article`, the path with the names of fields.
        label: what names its record, empty for a value that has no record.
        value: a text, a number or a truth value.
    """

    module: str
    path: tuple[str, ...]
    label: object
    value: object

    def __str__(self) -> str:
        return f"{self.module}.{'.'.join(self.path)} = {self.value!r}"


@dataclass(frozen=True)
class Said:
    """A piece of a page: a sentence, or a cell of a table with what stands at the head of its row and column."""

    text: str
    heads: str = ""


def entries() -> Iterator[Entry]:
    """All printed values: every leaf of every constant, empty texts apart."""
    for found in pkgutil.iter_modules(ftsec.article.__path__):
        module = importlib.import_module(f"ftsec.article.{found.name}")
        for name, value in vars(module).items():
            if name.isupper() and found.name != "taxonomy":  # which only gathers the others
                yield from _leaves(found.name, (name,), value, "")


def _leaves(module: str, path: tuple[str, ...], value: object, label: object) -> Iterator[Entry]:
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        own = label or next(iter(fields.values()))
        for name, inner in fields.items():
            yield from _leaves(module, (*path, name), inner, own)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(module, (*path, str(key)), inner, label or key)
    elif isinstance(value, tuple):
        for position, inner in enumerate(value):
            yield from _leaves(module, (*path, str(position)), inner, label)
    elif isinstance(value, Enum):
        yield Entry(module, path, label, value.value)
    elif value != "":
        yield Entry(module, path, label, value)


@cache
def said_on(chapter: str) -> tuple[Said, ...]:
    """Everything that the page of a chapter says in tables and sentences, as committed."""
    cells = json.loads(PROJECT.chapter(chapter).read_text(encoding="utf-8"))["cells"]
    found: list[Said] = []
    for cell in cells:
        if "solution" in cell["metadata"].get("tags", []):
            continue
        if cell["cell_type"] == "markdown":
            found += [Said(plain(each)) for each in SENTENCE.split(CODE_BLOCK.sub("", "".join(cell["source"])))]
        for output in cell.get("outputs", []):
            found += _output(output.get("data", {}))
    return tuple(found)


def _output(data: Mapping) -> Iterator[Said]:
    text = "".join(data.get("text/plain", ""))
    if "text/html" in data:
        for table in BeautifulSoup("".join(data["text/html"]), "html.parser").select("table"):
            yield from _cells(table)
    elif text.startswith("Figure: ") or "application/vnd.ftsec.record+json" in data:
        yield from (Said(plain(each)) for each in SENTENCE.split(text))


def _cells(table: BeautifulSoup) -> Iterator[Said]:
    caption = table.caption.get_text() if table.caption else ""
    columns = [head.get_text() for head in table.select("thead th")]
    yield Said(plain(caption))
    for row in table.select("tbody tr"):
        texts = [cell.get_text() for cell in row.select("th, td")]
        for column, text in zip(columns, texts, strict=False):
            yield Said(plain(text), plain(f"{texts[0]} | {column} | {caption}"))
    yield from (Said(plain(column)) for column in columns)


def plain(text: str) -> str:
    """The words alone: no mark-up, one kind of dash and quotation mark, small letters."""
    text = re.sub(r"[*`$\u00ad\u200b]", "", text).replace("−", "-").replace("–", "-").replace("’", "'")
    text = re.sub(r"(\d)[,\u202f\u2009 ](?=\d{3}\b)", r"\1", text)
    return re.sub(r"[\s\u00a0_]+", " ", text).strip().casefold()


def shows(said: Said, value: object) -> bool:
    """Whether a piece of a page shows the value: a short text as a whole between commas and brackets."""
    if isinstance(value, bool):
        return said.text == ("yes" if value else "no")
    if isinstance(value, int | float):
        return any(math.isclose(float(each), value) for each in NUMBER.findall(said.text))
    segments = {segment.strip(" .'\"") for segment in SEGMENT.split(said.text)} | {said.text}
    return any(_stands_in(words, said.text) if len(words.split()) >= 3 else words in segments
               for words in _spellings(value))  # fmt: skip


def names(said: Said, label: object) -> bool:
    """Whether the piece says whose value it shows."""
    text = f"{said.heads} | {said.text}"
    wanted = label.value if isinstance(label, Enum) else str(label)
    return any(_stands_in(each, text) for each in _spellings(wanted))


def _spellings(name: str) -> set[str]:
    """A name as it is printed and as the book's tables write it."""
    return {plain(name), plain(in_words(name)), plain(tidy(name))}


def _stands_in(words: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
