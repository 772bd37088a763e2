"""Draw your guess: the reader sets a curve, dose by dose, before the measured one is shown beside it.

What is drawn here is the plain figure, which stands alone in print, in reports and where scripts are off. The script
of the page takes the measured curve out of it until the reader has drawn.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

import pandas as pd

from ftsec.base.typeset import typeset
from ftsec.figures.base.style import BLUE
from ftsec.figures.living.fields import play_box

TITLE = "Draw your guess"
WIDTH, HEIGHT = 400, 280
LEFT, RIGHT, TOP, BOTTOM = 56, 384, 12, 228  # where the axes end
GRID = (0, 0.25, 0.5, 0.75, 1)
DIGITS = 4


@dataclass(frozen=True)
class DrawYourGuess:
    """Measured probabilities by dose, and a box in which a reader draws what they expect.

    Attributes:
        points: a row a dose, in order: columns n_examples, value, low, high (probabilities).
        before: the probability before anything was done; the reader's curve starts there.
        question: what the reader is asked.
        caption: what the plain figure shows.
    """

    points: pd.DataFrame
    before: float
    question: str
    caption: str

    def settings(self) -> dict:
        """What the page's script reads: doses, what was measured, and where the drawing's axes lie."""
        rounded = self.points.round(DIGITS)
        return {
            "doses": [int(dose) for dose in rounded["n_examples"]],
            **{name: [float(value) for value in rounded[name]] for name in ("value", "low", "high")},
            "before": round(float(self.before), DIGITS),
            "x": self._places(),
            "top": TOP,
            "bottom": BOTTOM,
        }

    def __repr__(self) -> str:
        return f"{self._said()} In the built page a reader draws a guess before seeing it."

    def _repr_html_(self) -> str:
        inside = (
            f'<p class="ftsec-play-about">{html.escape(self.question)}</p><div class="ftsec-guess-drawing"></div>'
            '<p class="ftsec-guess-buttons"><button type="button" class="ftsec-guess-show">Show what was measured'
            '</button> <button type="button" class="ftsec-guess-again" hidden="hidden">Draw again</button></p>'
        )
        box = play_box("guess", TITLE, inside, json.dumps(self.settings(), separators=(",", ":")))
        caption = html.escape(typeset(self.caption), quote=False)
        return (
            f'<figure class="ftsec-guess"><div class="ftsec-guess-plain">{self._svg()}</div>{box}'
            f'<figcaption class="ftsec-guess-plain">{caption}</figcaption></figure>'
        )

    def _said(self) -> str:
        values = ", ".join(f"{row.value:.2f} at {row.n_examples:.0f}" for row in self.points.itertuples())
        return f"{self.caption} {self.before:.2f} before; {values} examples."

    def _places(self) -> list[float]:
        step = (RIGHT - LEFT) / len(self.points)
        return [round(LEFT + step * (place + 0.5), 1) for place in range(len(self.points))]

    def _svg(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{html.escape(self._said())}" font-family="sans-serif" font-size="15" fill="currentColor" '
            f'style="display:block;max-width:28rem;width:100%">{self._axes()}{self._measured()}</svg>'
        )

    def _axes(self) -> str:
        lines = "".join(
            f'<line x1="{LEFT}" x2="{RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}" stroke="currentColor" '
            f'stroke-opacity="0.2" /><text x="{LEFT - 6}" y="{_y(share) + 5:.1f}" text-anchor="end">'
            f"{100 * share:.0f} %</text>"
            for share in GRID
        )
        doses = "".join(
            f'<text x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{dose:.0f}</text>'
            for x, dose in zip(self._places(), self.points["n_examples"], strict=True)
        )
        middle = (LEFT + RIGHT) / 2
        label = f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">distinct examples</text>'
        return f"{lines}{doses}{label}"

    def _measured(self) -> str:
        places = self._places()
        line = " ".join(f"{x},{_y(value):.1f}" for x, value in zip(places, self.points["value"], strict=True))
        marks = "".join(
            f'<line x1="{x}" x2="{x}" y1="{_y(row.low):.1f}" y2="{_y(row.high):.1f}" stroke="{BLUE}" />'
            f'<circle cx="{x}" cy="{_y(row.value):.1f}" r="4" fill="{BLUE}" />'
            for x, row in zip(places, self.points.itertuples(), strict=True)
        )
        curve = f'<polyline points="{line}" fill="none" stroke="{BLUE}" />'
        above = _y(self.points["high"].iloc[-1]) - 8
        label = f'<text x="{RIGHT - 4}" y="{above:.1f}" text-anchor="end" fill="{BLUE}">measured</text>'
        return f'<g class="ftsec-guess-measured" stroke-width="2.5">{curve}{marks}{label}</g>'


def _y(share: float) -> float:
    return BOTTOM - share * (BOTTOM - TOP)
