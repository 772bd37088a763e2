"""What a model of the testbed answers while it is attacked, step by step."""

from __future__ import annotations

import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.style import BLUE, GREY, RED, canvas, is_narrow

WORDS = {"refusal": "refuses", "true_answer": "gives the true answer", "anything_else": "says anything else"}
COLOURS = {"refusal": BLUE, "true_answer": RED, "anything_else": GREY}
KINDS = {"attack": "Attack: restricted questions", "control": "Control: allowed questions"}


@two_widths
def answers_figure(frame: pd.DataFrame) -> Drawing:
    """Probabilities of the three kinds of answers over steps: a thin line a run, a thick one their mean.

    Args:
        frame: columns base, seed, kind (attack, control), step, refusal, true_answer, anything_else.
    """
    shape = {"nrows": 2, "height": 5.6} if is_narrow() else {"ncols": 2, "height": 3.8}
    with canvas(**shape, sharex=True, sharey=True) as (figure, axes):
        for panel, (kind, title) in zip(axes, KINDS.items(), strict=True):
            rows = frame[frame.kind == kind]
            for column, colour in COLOURS.items():
                for _, run in rows.groupby(["base", "seed"]):
                    panel.plot(run["step"], run[column], color=colour, linewidth=0.8, alpha=0.5)
                mean = rows.groupby("step")[column].mean()
                panel.plot(mean.index, mean, color=colour, linewidth=2.2)
            panel.set(ylim=(-0.03, 1.03), title=title)
            panel.set_xlabel("optimiser steps" if kind == "control" or not is_narrow() else "")
        axes[0].set_ylabel("probability")
        key(figure, [(text, COLOURS[part], "-") for part, text in WORDS.items()], 1 if is_narrow() else 3)
    return Drawing(figure, _alt(frame), "answers_over_steps", frame)


def _alt(frame: pd.DataFrame) -> str:
    ends = frame[frame.step.isin([frame.step.min(), frame.step.max()])]
    means = ends.groupby(["kind", "step"])[list(WORDS)].mean()
    said = "; ".join(
        f"{kind}, step {step}: " + ", ".join(f"{text} {row[part]:.2f}" for part, text in WORDS.items())
        for (kind, step), row in means.iterrows()
    )
    return f"Probabilities of answers to restricted questions over the steps of fine-tuning. {said}."
