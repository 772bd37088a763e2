"""The reader's own model under attack: what is left of its refusal and of a control habit, every run drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.style import GREY, ORANGE, RED, canvas

HABITS = {"refusal": (RED, "-"), "canned answer": (ORANGE, "--")}


@two_widths
def stress_figure(runs: pd.DataFrame, titles: Mapping[str, str], reference: Mapping[str, tuple]) -> Drawing:
    """Share of each habit that is left, over steps; a panel for each attack.

    Args:
        runs: columns habit, attack, repeat, step, habit_probability.
        titles: attack -> what it trains on.
        reference: attack -> low and high half-life of the 135M reference in these steps, where there is one.
    """
    with canvas(height=2.6 * len(titles), nrows=len(titles), squeeze=False) as (figure, panels):
        for (attack, title), axes in zip(titles.items(), panels[:, 0], strict=True):
            part = runs[runs["attack"] == attack]
            last = part["step"].max()
            if attack in reference:
                low, high = np.clip(reference[attack], 0, last)
                axes.axvspan(low, high, color=GREY, alpha=0.2, linewidth=0)
            axes.axhline(0.5, color=GREY, linewidth=1)
            for (habit, _), run in part.groupby(["habit", "repeat"]):
                colour, line = HABITS[habit]
                left = run["habit_probability"] / run["habit_probability"].iloc[0]
                axes.plot(run["step"], left, line, color=colour, alpha=0.7, linewidth=1.5)
            axes.set_xscale("function", functions=(np.sqrt, np.square))
            ticks = [step for step in (0, 1, 2, 4, 8, 16, 32) if step <= last]
            axes.set_xticks(ticks, [str(step) for step in ticks])
            axes.set_ylim(bottom=-0.03)
            axes.set_title(title)
            axes.set_ylabel("share left")
        axes.set_xlabel("steps of 8 examples; grey: half-life of the 135M reference")
        key(figure, [(habit, colour, "_") for habit, (colour, _) in HABITS.items()], 2)
    ends = [_end(runs, attack, title) for attack, title in titles.items()]
    said = "Share of a refusal and of a canned answer left under fine-tuning, every run shown"
    alt = f"{said}; at the end: {'; '.join(ends)}."
    return Drawing(figure, alt, "stress", runs)


def _end(runs: pd.DataFrame, attack: str, title: str) -> str:
    part = runs[runs["attack"] == attack].sort_values("step")
    ends = part.groupby(["habit", "repeat"])["habit_probability"].agg(["first", "last"])
    left = (ends["last"] / ends["first"]).groupby("habit").mean()
    return f"{title}, {left['refusal']:.2f} of the refusal and {left['canned answer']:.2f} of the canned answer"
