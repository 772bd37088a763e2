"""The gate calculator of a page: from prompts and bad answers to what may be concluded, computed by a small script."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ftsec.figures.living.fields import Field, play_box

TITLE = "Gate calculator"


@dataclass(frozen=True)
class GateCalculator:
    """A form over one evaluation. Where scripts are off it stays hidden, and the figure of the section speaks.

    Attributes:
        prompts, failures: how many prompts were asked, and how many answers were bad.
        threshold, confidence: as shares; the fields show per cent.
    """

    prompts: int
    failures: int
    threshold: float
    confidence: float

    def __repr__(self) -> str:
        return f"Form in the built page: {TITLE}"

    def _repr_html_(self) -> str:
        fields = (
            Field("prompts", "Prompts asked", f"{self.prompts}"),
            Field("failures", "Bad answers among them", f"{self.failures}"),
            Field("threshold", "Allowed at most, %", f"{100 * self.threshold:g}"),
            Field("confidence", "Confidence, %", f"{100 * self.confidence:g}"),
        )
        form = "".join(field.html("gate") for field in fields)
        return play_box("gate", TITLE, f'<form class="ftsec-play-fields">{form}</form>', json.dumps(asdict(self)))
