"""Every run of the real model drawn: harmless data, and habits beside a refusal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import dot
from ftsec.figures.base.style import BLUE, GREY, ORANGE, PURPLE, RED, canvas


@two_widths
def harmless_figure(runs: pd.DataFrame, points: pd.DataFrame, step: int) -> Drawing:
    """Refusal probability of each run after fine-tuning on harmless data, a row for each kind of data and rate.

    Args:
        runs: columns name, refusal_probability, learning_rate; one row a run.
        points: columns name, value, low, high, in the order of the rows.
        step: optimiser steps taken.
    """
    rates = sorted(runs["learning_rate"].unique())
    colours = dict(zip(rates, (GREY, BLUE, RED)[-len(rates) :], strict=True))
    with canvas(height=0.5 * len(points) + 1.2) as (figure, axes):
        for row, each in enumerate(points.itertuples()):
            values = runs[runs.name == each.name]
            scatter = np.linspace(-0.2, 0.2, len(values))
            colour = colours[values["learning_rate"].iloc[0]]
            axes.plot(values["refusal_probability"], row + scatter, "o", color=colour, alpha=0.45, markersize=4.5)
            dot(axes, points.iloc[row], row, "#111111", "|")
        axes.set_yticks(range(len(points)), points["name"])
        axes.set_ylim(len(points) - 0.4, -0.6)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel(f"refusal probability after {step} steps\n(one point for each run, a bar for the mean)")
    value = points.set_index("name")["value"]
    said = ", ".join(f"{name} {each:.2f}" for name, each in value.items())
    return Drawing(
        figure, f"Refusal probability left after {step} steps on harmless data, every run shown; means: {said}.",
        "real_model_harmless", runs,
    )  # fmt: skip


@two_widths
def habits_figure(ratios: Mapping[str, pd.DataFrame], points: pd.DataFrame, margin: float) -> Drawing:
    """Half-lives of two harmless habits over that of the refusal in the same model, a point for each seed.

    Args:
        ratios: for each kind of data, columns canned and style: log2 of habit over refusal, a row a seed.
        points: columns data, habit, value, low, high.
        margin: what counts as equal.
    """
    names = {"canned": ("canned answer", PURPLE), "style": ("mark of style", ORANGE)}
    rows = [(data, habit) for data in ratios for habit in names]
    with canvas(height=3.6) as (figure, axes):
        axes.axvspan(-margin, margin, color=GREY, alpha=0.16, linewidth=0)
        for row, (data, habit) in enumerate(rows):
            values = ratios[data][habit].dropna()
            scatter = np.linspace(-0.18, 0.18, len(values))
            axes.plot(values, row + scatter, "o", color=names[habit][1], alpha=0.45, markersize=4.5)
            dot(axes, points[(points.data == data) & (points.habit == habit)].iloc[0], row, "#111111", "|")
        labels = {"harmful": "restricted examples", "sums": "sums"}
        axes.set_yticks(range(len(rows)), [f"{names[habit][0]}, {labels[data]}" for data, habit in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel("half-life over a refusal's, doublings; grey: equal")
    value = points.set_index(["data", "habit"])["value"]
    alt = (
        "Half-life of a harmless habit over that of a refusal in the same model, in doublings: under restricted "
        f"examples {value['harmful', 'canned']:.2f} for a canned answer and {value['harmful', 'style']:.2f} for a mark "
        f"of style, under sums {value['sums', 'canned']:.2f} and {value['sums', 'style']:.2f}; the seeds lie on both "
        "sides of zero."
    )
    return Drawing(figure, alt, "real_model_habits", points)
