"""The exercises of the chapters: what belongs to them beside the solutions, and the computed keys."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType

from ftsec.base.errors import InputError

DATA = resources.files("ftsec.teaching") / "data"
Key = float | str | list  # a list holds names, or what the judge of the form needs: cases, runs, plans
KINDS = {
    "predict": "predict, then run",
    "change": "change a parameter and explain",
    "fault": "find the fault in the printed code",
    "gate": "design a gate that would have caught it",
    "budget": "defend a model within a budget",
    "read": "read a published figure or table",
}
FORMS = ("number", "name", "names", "function", "gate", "plan")


@dataclass(frozen=True)
class Exercise:
    """One exercise of a chapter.

    Attributes:
        id: chapter and position of its solution there, such as ``"02-1"``.
        kind: one of `KINDS`.
        pointer: a first hint, which only says what to think of; empty if there is no single answer.
        hint: the nearer hint, which says what to do.
        place: id of the chapter's cell to look at, told last; empty if there is no single answer.
        minutes: time in class.
        mistakes: what often goes wrong; for the teacher.
        ask: what a learner hands in; empty if there is no single answer.
        answer: expression that gives it in the chapter after its solutions; empty if there is no single answer.
        form: what kind of answer that is, one of `FORMS`.
        choices: the names to choose from; empty if any.
        signature: of the function to write, such as ``"stop(run)"``; empty if a value is wanted.
        cases: expression that gives what the answer is judged by: arguments, runs or plans.
        limits: the bounds that a gate or a plan must keep.
        most: the score of a plan that is to be as large as possible.
        rubric: what a good answer to an open question holds; for the teacher.
        parameters: with which the chapter runs for that.

    Raises:
        InputError: if kind or form are unknown, it has neither an answer nor a rubric, or an answer without all hints.
    """

    id: str
    kind: str
    hint: str
    minutes: int
    mistakes: tuple[str, ...]
    pointer: str = ""
    place: str = ""
    ask: str = ""
    answer: str = ""
    form: str = "number"
    choices: tuple[str, ...] = ()
    signature: str = ""
    cases: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    most: str = ""
    rubric: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.form not in FORMS:
            raise InputError(f"exercise {self.id}: kind {self.kind!r} or form {self.form!r} is unknown")
        if bool(self.answer) == bool(self.rubric):
            raise InputError(f"exercise {self.id} needs an answer or a rubric, and not both")
        if self.answer and not (self.pointer and self.hint and self.place):
            raise InputError(f"exercise {self.id} needs a pointer, a hint and a place, since its check gives them")

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
class Number:
    """A number that learners predict.

    Attributes:
        name: under which it is handed to `predict`.
        ask: what it is, in a few words.
        unit: behind the number.
        most: the largest value that makes sense; None if there is none. The smallest is 0.
        outcome: expression that gives in the chapter what came out, one number or several.
    """

    name: str
    ask: str
    unit: str
    outcome: str
    most: float | None = None

    @property
    def allowed(self) -> str:
        """The unit and the bounds in words, such as ``%, 0 to 100``."""
        bounds = "0 or more" if self.most is None else f"0 to {self.most:g}"
        return f"{self.unit}, {bounds}"


@dataclass(frozen=True)
class Lab:
    """How a lab with one chapter opens and closes.

    Attributes:
        prediction: the question that is answered, and sealed, before anything runs.
        numbers: the part of the answer that is numbers; empty where only words fit.
        outcome: expression that gives in the chapter, in words, what came out.
        not_shown: what the lab does not show.
        role: what is special about it; for the teacher.
    """

    prediction: str
    outcome: str
    not_shown: str
    role: str = ""
    numbers: tuple[Number, ...] = ()


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by id."""
    return {name: _exercise(name, entry) for name, entry in _table()["exercises"].items()}


@cache
def labs() -> dict[str, Lab]:
    """Opening and close of the labs by chapter number."""
    return {name: _lab(**entry) for name, entry in _table()["labs"].items()}


@cache
def keys() -> dict[str, Key]:
    """The computed answers by exercise."""
    return json.loads((DATA / "keys.json").read_text(encoding="utf-8"))


@cache
def outcomes() -> dict[str, dict[str, list[float]]]:
    """What came out of each predicted number, computed: by lab and name."""
    return json.loads((DATA / "outcomes.json").read_text(encoding="utf-8"))


def _lab(numbers: list[dict] = (), **entry: str) -> Lab:
    return Lab(**entry, numbers=tuple(Number(**each) for each in numbers))


@cache
def _table() -> dict:
    return tomllib.loads((DATA / "exercises.toml").read_text(encoding="utf-8"))


def _exercise(name: str, entry: dict) -> Exercise:
    tuples = {key: tuple(entry.get(key, ())) for key in ("mistakes", "choices")}
    tables = {key: MappingProxyType(entry.get(key, {})) for key in ("limits", "parameters")}
    return Exercise(**{**entry, "id": name, **tuples, **tables})
