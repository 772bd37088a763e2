"""The schedules of the book's page on plans, read: what happens when, and with which chapters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.base.project import NUMBER

PLANS = ("two-hours", "one-day", "two-days")
PAGE = Path("book") / "teach" / "plans.md"
ROW = re.compile(r"^\| (\d+):(\d\d) \| (\d+) \| (.*?) \|(.*?)\|$", re.MULTILINE)
EXERCISE = re.compile(rf"{NUMBER}-\d")
RANGE = re.compile(rf"({NUMBER})-(\d) to {NUMBER}-(\d)")
CHAPTER = re.compile(rf"notebooks/({NUMBER}_\w+)\.ipynb")


@dataclass(frozen=True)
class Item:
    """One row of a schedule: it starts at `start` minutes of its day and takes `minutes`."""

    start: int
    minutes: int
    what: str

    @property
    def exercises(self) -> tuple[str, ...]:
        """The exercises that everybody does here: those named before a semicolon; `12-1 to 12-3` means all between."""
        return _named(self.what.split(";")[0])

    @property
    def for_the_quick(self) -> tuple[str, ...]:
        """The exercises named after a semicolon: for those who are done with the others."""
        return _named(self.what.partition(";")[2])


@dataclass(frozen=True)
class Plan:
    """A schedule: its days, each a list of items, and the chapters that it links to, in order of appearance."""

    name: str
    days: tuple[tuple[Item, ...], ...]
    chapters: tuple[str, ...]

    def items_of(self, chapter: str) -> list[Item]:
        """The rows that link to a chapter, by the stem of its file."""
        return [item for day in self.days for item in day if chapter in CHAPTER.findall(item.what)]


def _named(said: str) -> tuple[str, ...]:
    between = [f"{number}-{n}" for number, a, b in RANGE.findall(said) for n in range(int(a), int(b) + 1)]
    return tuple(sorted({*EXERCISE.findall(said), *between}))


def read_plan(root: Path, name: str) -> Plan:
    """The plan called ``two-hours``, ``one-day`` or ``two-days``.

    Raises:
        InputError: if the page has no such section.
    """
    sections = _sections((root / PAGE).read_text(encoding="utf-8"))
    if name not in sections:
        raise InputError(f"there is no plan {name!r}; the plans are {', '.join(sections)}")
    text = sections[name]
    days = [tuple(map(_item, ROW.findall(day))) for day in re.split(r"^### .*$", text, flags=re.MULTILINE)]
    return Plan(name, tuple(day for day in days if day), tuple(dict.fromkeys(CHAPTER.findall(text))))


def _sections(page: str) -> dict[str, str]:
    """Text by title; a title `Two hours` becomes the name ``two-hours``. Only sections with a schedule count."""
    parts = re.split(r"^## (.*)$", page, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {title.strip().lower().replace(" ", "-"): text for title, text in pairs if ROW.search(text)}


def _item(row: tuple[str, ...]) -> Item:
    hours, minutes, length, what, _ = row
    return Item(60 * int(hours) + int(minutes), int(length), what)
