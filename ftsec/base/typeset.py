"""Typed text as it is printed: curly quotes, signs for ``x`` and ``->``, dashes in ranges, digits in groups.

Prose gets its quotes from Sphinx; tables, captions, recorded lines and quizzes are HTML, which it leaves alone.
"""

from __future__ import annotations

import re

# a range of numbers; no part of a date, a name (``Llama-2-7b``), an exercise (``02-1``) or a list of numbers
_NUMBER = r"(?!0\d)\d[\d.,]*[KMBT]?"
RANGE = re.compile(rf"(?<![\w.,/:–-])({_NUMBER})-({_NUMBER})(?![\w-]|[./]\d)")
SIGNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (RANGE, r"\1–\2"),
    (re.compile(r"(?<=\d) x(?!\w)"), " ×"),
    (re.compile(r"(?<=[\d%)]) -> (?=[\d(])"), " → "),
    (re.compile(r">="), "≥"),
    (re.compile(r"<="), "≤"),
    (re.compile(r"\blog2\b"), "log₂"),
    (re.compile(r"‡ (?=\w)"), "‡\u00a0"),  # the mark and what it stands for
)
QUOTES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'(^|(?<=[\s([—–/]))"(?=\S)'), "“"),
    (re.compile(r'"'), "”"),
    (re.compile(r"(^|(?<=[\s([—–/“]))'(?=\S)"), "‘"),
    (re.compile(r"'"), "’"),
)
UNGROUPED = re.compile(r"(?<![\w.,])\d{4,}(?![\w,])")
UNITS = {
    "x": "×",
    "B": "billion",
    "B parameters": "billion parameters",
    "T tokens": "trillion tokens",
    "refusals of 520": "of 520",
    "score 0-1": "of at most 1",
    "score 1-5": "on the scale 1-5",
    "score 1-10": "on the scale 1-10",
}
SILENT = ("formula", "text", "ratio")  # a value's kind; the value says it
CODE = re.compile(r"(`[^`]*`)")


def typeset(text: str) -> str:
    """The text with curly quotes and real signs; a second pass changes nothing."""
    for pattern, sign in SIGNS:
        text = pattern.sub(sign, text)
    return curly(text)


def curly(text: str) -> str:
    """Curly quotes alone: for texts of figures, whose hyphens and letters may be formulas or names."""
    for pattern, sign in QUOTES:
        text = pattern.sub(sign, text)
    return text


def typeset_markdown(text: str) -> str:
    """The same, code between backticks excepted."""
    parts = CODE.split(text)
    return "".join(part if place % 2 else typeset(part) for place, part in enumerate(parts))


def grouped(text: str) -> str:
    """The text's whole numbers from 1,000 on in groups; only for texts without years."""
    return UNGROUPED.sub(lambda number: f"{int(number[0]):,}", text)


def amount(value: str, unit: str, metric: str = "") -> str:
    """A published value as printed, with its unit: ``"1,000 ×"``, ``"3–6 %"``, ``"2 trillion"`` of a metric in tokens.

    Args:
        value: as printed, ``""`` where the source gives none.
        unit: one of the units of the measurements.
        metric: what was measured; a unit that it names already is not said again.
    """
    if not value:
        return "no value"
    words = "" if unit in SILENT else _not_said(UNITS.get(unit, unit), metric)
    return typeset(f"{grouped(value)} {words}".rstrip())


def _not_said(words: str, metric: str) -> str:
    """What of the unit the metric has not said: nothing, or all but the noun at its end."""
    if re.search(rf"\b{re.escape(words.removeprefix('on the scale '))}\b", metric):
        return ""
    before, _, noun = words.rpartition(" ")
    return before if before and re.search(rf"\b{re.escape(noun)}\b", metric) else words
