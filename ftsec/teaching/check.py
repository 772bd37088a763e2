"""Check a learner's answer: does it hold, and if not, where to look. The solution is never shown."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from ftsec.base.errors import InputError
from ftsec.teaching.exercises import Exercise, exercise, keys
from ftsec.teaching.judging import problem

CODE = re.compile(r"`([^`]+)`")  # as hints write names of the chapter


@dataclass(frozen=True)
class Feedback:
    """What a learner is told. True if the answer holds; shows itself in JupyterLab and in plain Python."""

    exercise: str
    ok: bool
    message: str

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"{self.exercise}: {'holds' if self.ok else 'not yet'}. {self.message}".rstrip()

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.ok else "#9a6700"
        style = f"border-left:4px solid {colour};padding-left:8px"
        words = CODE.sub(r"<code>\1</code>", html.escape(repr(self)))
        return f'<div role="status" style="{style}">{words}</div>'


def check(name: str, answer: object) -> Feedback:
    """Check an answer.

    Args:
        name: id of the exercise, such as ``"02-1"``.
        answer: what the exercise asks for: a number, a name, several names, a function or a dictionary; None for no
            answer yet.

    Raises:
        InputError: if there is no such exercise, or it has no single answer.
    """
    wanted = exercise(name)
    if not wanted.checked:
        raise InputError(f"exercise {name} has no single answer: compare yours with your neighbour's")
    if answer is None or answer is ...:
        return Feedback(name, False, f"Nothing handed in yet. Wanted: {wanted.ask}. Hint: {wanted.hint}")
    wrong = problem(answer, keys()[name], wanted)
    return Feedback(name, False, f"{wrong} Hint: {wanted.hint}") if wrong else Feedback(name, True, _praise(wanted))


def _praise(wanted: Exercise) -> str:
    return f"Now say in one sentence why. ({wanted.ask[0].upper()}{wanted.ask[1:]}.)"
