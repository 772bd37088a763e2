"""Check a learner's answer: does it hold, and if not, where to look. The solution is never shown."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass
from numbers import Real

from ftsec.errors import InputError
from ftsec.teaching.exercises import Exercise, Key, exercise, keys

TOLERANCE = 0.01  # relative: a rounded answer holds
STOP_WORDS = {"the", "and", "of", "a"}


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
        return f'<div role="status" style="{style}">{html.escape(repr(self))}</div>'


def check(name: str, answer: object) -> Feedback:
    """Check an answer.

    Args:
        name: id of the exercise, such as ``"02-1"``.
        answer: a number or a text, as the exercise asks; None for no answer yet.

    Raises:
        InputError: if there is no such exercise, or it has no single answer.
    """
    wanted = exercise(name)
    if not wanted.checked:
        raise InputError(f"exercise {name} has no single answer: compare yours with your neighbour's")
    if answer is None or answer is ...:
        return Feedback(name, False, f"Nothing handed in yet. Wanted: {wanted.ask}. Hint: {wanted.hint}")
    problem = _problem(answer, keys()[name])
    return Feedback(name, False, f"{problem} Hint: {wanted.hint}") if problem else Feedback(name, True, _praise(wanted))


def _problem(answer: object, key: Key) -> str:
    """What is wrong with the answer; empty if it holds."""
    if isinstance(key, str):
        if not isinstance(answer, str):
            return "A name is wanted, as text in quotes."
        return "" if _means(answer, key) else "That is not the one."
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return "A single number is wanted."
    return _number_problem(float(answer), key)


def _number_problem(answer: float, key: float) -> str:
    if math.isclose(answer, key, rel_tol=TOLERANCE, abs_tol=1e-9):
        return ""
    if math.isclose(answer, 100 * key, rel_tol=TOLERANCE) or math.isclose(100 * answer, key, rel_tol=TOLERANCE):
        return "Right digits, but look at the unit: a share between 0 and 1, or per cent?"
    return "The number does not hold."


def _means(answer: str, key: str) -> bool:
    """Whether the answer's words are most of the key's: `code repositories` means `GitHub / Code Repositories`."""
    given, wanted = _words(answer), _words(key)
    return given <= wanted and 2 * len(given) > len(wanted)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower())) - STOP_WORDS


def _praise(wanted: Exercise) -> str:
    return f"Now say in one sentence why. ({wanted.ask[0].upper()}{wanted.ask[1:]}.)"
