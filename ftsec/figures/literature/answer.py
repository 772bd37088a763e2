"""The box under a chapter's title: the answer, how many claims hold, what to do, and where the headline figure is.

In a notebook it is a box of text. The build sets it under the title and puts the figure, in small, beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Protocol

from ftsec.base.typeset import typeset

MIME_TYPE = "application/vnd.ftsec.answer+json"
STYLE = "border-left: 4px solid #0072b2; margin: 0.5em 0; padding: 0.25em 1em"


class Found(Protocol):
    """What `ftsec.evidence.answer_of` gives."""

    verdict: str
    advice: str
    figure: str
    counts: Mapping[str, int]
    scope: str


@dataclass(frozen=True)
class AnswerBox:
    """An answer as it is shown."""

    found: Found

    def stored(self) -> dict:
        """What the build needs of it; the counts as pairs, since a notebook sorts its keys."""
        found = self.found
        words = {"verdict": typeset(found.verdict), "advice": typeset(found.advice)}
        counts = [[verdict, n] for verdict, n in found.counts.items() if n]
        return words | {"counts": counts, "figure": found.figure, "scope": found.scope}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        stored = self.stored()
        parts = {"In short": stored["verdict"], "What to do": stored["advice"], "Claims": _claims(stored)}
        shown = {title: text for title, text in parts.items() if text}
        paragraphs = "".join(f"<p><b>{title}.</b> {escape(text)}</p>" for title, text in shown.items())
        plain = "\n".join(f"{title}. {text}" for title, text in shown.items())
        return {MIME_TYPE: stored, "text/html": f'<div style="{STYLE}">{paragraphs}</div>', "text/plain": plain}


def answer_box(found: Found) -> AnswerBox:
    """The box for an answer of `ftsec.evidence.answer_of`."""
    return AnswerBox(found)


def _claims(stored: dict) -> str:
    """``"5, of which 3 contradicted, 2 not found"``."""
    if not stored["counts"]:
        return ""
    told = ", ".join(f"{n} {verdict}" for verdict, n in stored["counts"])
    whose = f" {stored['scope']}" if stored["scope"] else ""
    return f"{sum(n for _, n in stored['counts'])}{whose}: {told}."
