"""A quiz for each chapter: every option unfolds to its explanation, with the keyboard and without any script."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase

from ftsec.base.errors import InputError
from ftsec.base.typeset import typeset_markdown
from ftsec.teaching.exercises import DATA

NUMBERS_OF_QUESTIONS = range(3, 6)
HEADING = "## Quiz\n\nOpen an option to see whether it holds, and why. Decide before you open one."


@dataclass(frozen=True)
class Option:
    """One answer and what is to say about it; `right` if it holds."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with exactly one right option."""

    ask: str
    options: tuple[Option, ...]


Quiz = tuple[Question, ...]


@cache
def quizzes() -> dict[str, Quiz]:
    """The quizzes by chapter number.

    Raises:
        InputError: if one has too few questions, or a question not exactly one right option.
    """
    table = tomllib.loads((DATA / "quizzes.toml").read_text(encoding="utf-8"))
    return {number: _quiz(number, entries) for number, entries in table.items()}


def as_markdown(quiz: Quiz) -> str:
    """The quiz as Markdown with `details` elements, which browsers, JupyterLab and screen readers know."""
    return "\n\n".join([HEADING, *(_question(n, question) for n, question in enumerate(quiz, start=1))])


def _question(number: int, question: Question) -> str:
    options = (_option(letter, option) for letter, option in zip(ascii_uppercase, question.options, strict=False))
    return "\n\n".join([f"**{number}. {question.ask}**", *options])


def _option(letter: str, option: Option) -> str:
    verdict = "Yes." if option.right else "No."
    body = f"<summary>{letter}. {typeset_markdown(option.text)}</summary>\n\n**{verdict}** {option.why}"
    return f'<details class="quiz">{body}\n\n</details>'


def _quiz(number: str, entries: list[dict]) -> Quiz:
    quiz = tuple(Question(entry["ask"], tuple(Option(**option) for option in entry["options"])) for entry in entries)
    if len(quiz) not in NUMBERS_OF_QUESTIONS:
        raise InputError(f"the quiz of chapter {number} has {len(quiz)} questions; three to five are allowed")
    for question in quiz:
        if sum(option.right for option in question.options) != 1:
            raise InputError(f"the quiz of chapter {number} needs exactly one right option for: {question.ask}")
    return quiz
