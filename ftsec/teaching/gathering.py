"""A class's predictions, gathered from their files: every number, all words, and a sentence for what cannot be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.teaching.exercises import Lab, Number, labs, outcomes
from ftsec.teaching.sealed import Prediction, read_predictions

PATTERN = "*.jsonl"
MOST_LINES = 3  # told of one file; it may be quite another


@dataclass(frozen=True)
class Question:
    """One number of a lab, what the class expected, and what came out."""

    lab: str
    number: Number
    guesses: tuple[float, ...]
    outcomes: tuple[float, ...]


@dataclass
class Gathered:
    """What was in a folder.

    Attributes:
        files: how many were read.
        predictions: by lab, one for each person.
        problems: a sentence for each file or line that was left out.
    """

    files: int = 0
    predictions: dict[str, list[Prediction]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def questions(self) -> Iterator[Question]:
        """The numbers that somebody predicted, lab by lab."""
        for lab, entries in sorted(self.predictions.items()):
            for number in labs()[lab].numbers:
                guesses = tuple(entry.numbers[number.name] for entry in entries if number.name in entry.numbers)
                if guesses:
                    yield Question(lab, number, guesses, tuple(outcomes()[lab][number.name]))

    def words(self, lab: str) -> list[str]:
        """What people wrote for a lab."""
        return [entry.text for entry in self.predictions.get(lab, []) if entry.text]


def gather(folder: Path) -> Gathered:
    """Read every file of predictions in a folder and below it: one file a person.

    Raises:
        InputError: if there is none.
    """
    paths = sorted(folder.rglob(PATTERN))
    if not paths:
        raise InputError(
            f"{folder} holds no file of predictions ({PATTERN}): collect each learner's predictions.jsonl there, "
            "under the learner's name or in a folder of that name"
        )
    result, seen = Gathered(files=len(paths)), {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        entries, problems = read_predictions(path)
        result.problems += [f"{name}{each.removeprefix(path.name)}" for each in problems[:MOST_LINES]]
        if len(problems) > MOST_LINES:
            result.problems.append(f"{name}: {len(problems) - MOST_LINES:,} further lines are no predictions")
        if not entries and not problems:
            result.problems.append(f"{name} holds no prediction")
        for entry in _first(entries):
            problem = _problem(name, entry, labs(), seen)
            if problem:
                result.problems.append(problem)
            else:
                seen[entry.digest] = name
                result.predictions.setdefault(entry.lab, []).append(entry)
    return result


def _first(entries: list[Prediction]) -> list[Prediction]:
    """Of each lab the first, which stands."""
    kept: dict[str, Prediction] = {}
    for entry in entries:
        kept.setdefault(entry.lab, entry)
    return list(kept.values())


def _problem(name: str, entry: Prediction, known: Mapping[str, Lab], seen: Mapping[str, str]) -> str:
    """Why a prediction does not count; empty if it does."""
    if entry.lab not in known:
        return f"{name} speaks of lab {entry.lab!r}, which this book does not have"
    if not entry.whole:
        return f"{name}: the prediction of lab {entry.lab} was changed after it was sealed, and is left out"
    if entry.digest in seen:
        return f"{name}: the prediction of lab {entry.lab} is the same as in {seen[entry.digest]}, and counts once"
    return ""
