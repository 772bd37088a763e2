"""A slider through the recorded steps of fine-tuning: what the model answers before, and after each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ftsec.figures.living.fields import play_box

TITLE = "What does the model answer, before and after?"
SLIDER = "ftsec-steps"


@dataclass(frozen=True)
class Scrubber:
    """Bars of probabilities that follow a slider. Where scripts are off it stays hidden; the figure above it speaks.

    Attributes:
        frame: a row a run and step: columns kind, step and those of `parts`, probabilities that add up to 1.
        parts: what is drawn, by column.
        kinds: what each kind of run is called; the mean over its runs is shown.
        about: which runs these are, in a sentence.
    """

    frame: pd.DataFrame
    parts: Mapping[str, str]
    kinds: Mapping[str, str]
    about: str

    def settings(self) -> dict:
        """What the page's script reads: the steps, and a list of probabilities for every kind and step."""
        means = self.frame.groupby(["kind", "step"])[list(self.parts)].mean()
        steps = sorted(int(step) for step in self.frame["step"].unique())
        rows = {
            name: [[round(float(value), 4) for value in means.loc[kind, step]] for step in steps]
            for kind, name in self.kinds.items()
        }
        return {"steps": steps, "parts": list(self.parts.values()), "rows": rows}

    def __repr__(self) -> str:
        return f"Slider in the built page: {TITLE} {self.about}"

    def _repr_html_(self) -> str:
        settings = self.settings()
        key = "".join(f'<li class="ftsec-part-{place}">{part}</li>' for place, part in enumerate(settings["parts"]))
        inside = (
            f'<p class="ftsec-play-about">{self.about}</p><div class="ftsec-steps-slider">'
            f'<label for="{SLIDER}">Steps of fine-tuning</label><input id="{SLIDER}" type="range" min="0" '
            f'max="{len(settings["steps"]) - 1}" value="0" step="1" /><output for="{SLIDER}">0</output></div>'
            f'<ul class="ftsec-steps-key">{key}</ul><div class="ftsec-steps-bars" aria-hidden="true"></div>'
        )
        return play_box("steps", TITLE, inside, json.dumps(settings, separators=(",", ":")))
