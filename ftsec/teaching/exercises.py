"""The exercises of the chapters: what belongs to them beside the solutions, and the computed keys."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType

from ftsec.errors import InputError

DATA = resources.files("ftsec.teaching") / "data"
Key = float | str


@dataclass(frozen=True)
class Exercise:
    """One exercise of a chapter.

    Attributes:
        id: chapter and position of its solution there, such as ``"02-1"``.
        hint: where to look; given to everybody who is stuck.
        minutes: time in class.
        mistakes: what often goes wrong; for the teacher.
        ask: what a learner hands in; empty if there is no single answer.
        answer: expression that gives it in the chapter after its solutions; empty if there is no single answer.
        parameters: with which the chapter runs for that.
    """

    id: str
    hint: str
    minutes: int
    mistakes: tuple[str, ...]
    ask: str = ""
    answer: str = ""
    parameters: MappingProxyType = field(default_factory=lambda: MappingProxyType({}))

    @property
    def checked(self) -> bool:
        return bool(self.answer)

    @property
    def chapter(self) -> str:
        return self.id.split("-")[0]

    @property
    def variable(self) -> str:
        """The name under which a learner's answer stands in the notebook."""
        return f"answer_{self.id.replace('-', '_')}"


@dataclass(frozen=True)
class Lab:
    """How a lab with one chapter opens and closes."""

    prediction: str
    not_shown: str


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by id."""
    return {name: _exercise(name, entry) for name, entry in _table()["exercises"].items()}


@cache
def labs() -> dict[str, Lab]:
    """Opening and close of the labs by chapter number."""
    return {name: Lab(**entry) for name, entry in _table()["labs"].items()}


@cache
def keys() -> dict[str, Key]:
    """The computed answers by exercise."""
    return json.loads((DATA / "keys.json").read_text(encoding="utf-8"))


def exercise(name: str) -> Exercise:
    """The exercise of this id.

    Raises:
        InputError: if there is none.
    """
    if name not in exercises():
        raise InputError(f"there is no exercise {name!r}; the exercises are {', '.join(exercises())}")
    return exercises()[name]


@cache
def _table() -> dict:
    return tomllib.loads((DATA / "exercises.toml").read_text(encoding="utf-8"))


def _exercise(name: str, entry: dict) -> Exercise:
    parameters = MappingProxyType(entry.get("parameters", {}))
    return Exercise(**{**entry, "id": name, "mistakes": tuple(entry["mistakes"]), "parameters": parameters})
