"""Check a learner's answer: does it hold, and if not, where to look. The solution is never shown."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from ftsec.teaching import tries
from ftsec.teaching.exercises import Exercise, exercises, keys
from ftsec.teaching.judging import problem
from ftsec.teaching.places import where

IN_QUOTES = 'The name of an exercise stands in quotes, as in check("02-1", answer).'
CODE = re.compile(r"`([^`]+)`")  # as hints write names of the chapter


@dataclass(frozen=True)
class Feedback:
    """What a learner is told. True if the answer holds; shows itself in JupyterLab and in plain Python.

    Attributes:
        judged: False where there was no answer to judge, such as for a name that no exercise has.
    """

    exercise: str
    ok: bool
    message: str
    judged: bool = True

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        state = f"{self.exercise}: {'holds' if self.ok else 'not yet'}. " if self.judged else ""
        return f"{state}{self.message}".rstrip()

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.ok else "#9a6700"
        style = f"border-left:4px solid {colour};padding-left:8px"
        words = CODE.sub(r"<code>\1</code>", html.escape(repr(self)))
        return f'<div role="status" style="{style}">{words}</div>'


def check(name: str, answer: object) -> Feedback:
    """Check an answer. With every further wrong answer the hint comes nearer, until it names the place in the book.

    Args:
        name: id of the exercise, such as ``"02-1"``.
        answer: what the exercise asks for: a number, a name, several names, a function or a dictionary; None for no
            answer yet.
    """
    wanted = exercises().get(name) if isinstance(name, str) else None
    if wanted is None:
        quotes = "" if isinstance(name, str) else f" {IN_QUOTES}"
        return Feedback(str(name), False, unknown(str(name)) + quotes, judged=False)
    if not wanted.checked:
        told = f"{name} is an open question: compare your answer with your neighbour's. Hint: {wanted.hint}"
        return Feedback(name, False, told, judged=False)
    if answer is None or answer is ... or _untouched(answer, wanted):
        return Feedback(name, False, f"Nothing handed in yet. Wanted: {wanted.ask}.")
    wrong = problem(answer, keys()[name], wanted)
    if wrong:
        return Feedback(name, False, f"{wrong} {help_after(wanted, tries.count(name, answer))}")
    return Feedback(name, True, _praise(wanted))


def _stub() -> None: ...


def _untouched(answer: object, wanted: Exercise) -> bool:
    """Whether a function is still the one of the student edition, without a body."""
    code, empty = getattr(answer, "__code__", None), _stub.__code__
    if code is None or code.co_name != wanted.answer:
        return False
    return (code.co_code, code.co_consts) == (empty.co_code, empty.co_consts)


def help_after(wanted: Exercise, count: int) -> str:
    """What a learner is told after so many different wrong answers."""
    if count <= 1:
        return f"Hint: {wanted.pointer}"
    if count == 2:
        return f"Nearer hint: {wanted.hint}"
    return f"Nearer hint: {wanted.hint} The place: {where(wanted.chapter, wanted.place)}."


def unknown(name: str) -> str:
    """One sentence on a name that no exercise has, with the names that are allowed."""
    same = [each for each in exercises() if each.split("-")[0] == name.split("-")[0].zfill(2)]
    if same:
        return f"There is no exercise {name!r}; chapter {exercises()[same[0]].chapter} has {', '.join(sorted(same))}."
    chapters = sorted({each.chapter for each in exercises().values()})
    return (
        f"There is no exercise {name!r}: a name is a chapter and a number, such as '02-1'; "
        f"exercises are in chapters {', '.join(chapters)}."
    )


def _praise(wanted: Exercise) -> str:
    return f"Now say in one sentence why. ({wanted.ask[0].upper()}{wanted.ask[1:]}.)"
