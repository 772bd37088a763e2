"""The cells with which a lab opens and closes: the sealed prediction, and what came out."""

from __future__ import annotations

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from ftsec.teaching.exercises import labs


def opening(number: str, title: list[NotebookNode]) -> list[NotebookNode]:
    """The title of the chapter, and after it the sealed prediction."""
    if number not in labs():
        return title
    ask = "**Before you run anything else**, write down what you expect. It is stored with the time, and stands."
    seal = f"from ftsec import predict\n\n{_fields(number)}"
    question = new_markdown_cell(f"{ask}\n\n{labs()[number].prediction}", id="sealed-prediction")
    return [*title, question, new_code_cell(seal, id="prediction")]


def _fields(number: str) -> str:
    """The call that seals: a line for each number with its unit, and one for words."""
    numbers = labs()[number].numbers
    if not numbers:
        return f'predict("{number}", "")  # your words between the quotes, then Shift+Enter'
    lines = [f"    {each.name}=None,  # {each.ask} ({each.allowed})" for each in numbers]
    words = '    text="",  # why, in a few words between the quotes, if you like'
    return "\n".join(["predict(", f'    "{number}",', *lines, words, ")  # numbers in place of None, then Shift+Enter"])


def _outcome(number: str) -> str:
    """The call that shows what was expected beside what came out."""
    lab = labs()[number]
    if not lab.numbers:
        return f'reveal("{number}", {lab.outcome})'
    lines = [f"    {each.name}={each.outcome}," for each in lab.numbers]
    return "\n".join(["reveal(", f'    "{number}",', f"    {lab.outcome},", *lines, ")"])


def close(number: str) -> list[NotebookNode]:
    """The prediction beside what came out, and what the lab does not show."""
    if number not in labs():
        return []
    shown = f"from ftsec import reveal\n\n{_outcome(number)}"
    text = f"## What this does not show\n\n{labs()[number].not_shown}"
    return [
        new_markdown_cell("## What you expected, and what came out", id="expected"),
        new_code_cell(shown, id="reveal"),
        new_markdown_cell(f"{text}\n\nWhat surprised you?", id="not-shown"),
    ]
