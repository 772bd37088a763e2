"""Figures of the testbed: what each stage of training does, the price of the policy, and the alignment tax."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot
from ftsec.figures.base.rows import headings, labels_above, places_below_headings, row_above
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, RED, canvas, is_narrow

STAGES = {
    "pretraining": "pre-training", "sft": "SFT", "dpo": "DPO", "attack": "attack", "sft_again": "SFT again",
    "helpful_sft": "SFT without refusals", "constitutional": "constitutional step",
}  # fmt: skip
DIRECTIONS = {
    "install": ("— install", GREEN), "remove": ("— remove", ORANGE), "remove_bare": ("— remove, bare", RED),
}  # fmt: skip


@two_widths
def trajectory_figure(stages: pd.DataFrame, curves: pd.DataFrame) -> Drawing:
    """Refusal and accuracy after each stage, and refusal over steps while the policy is installed and removed.

    Args:
        stages: columns stage, measure (refusal_probability, allowed_accuracy), value, low, high.
        curves: columns stage (install, remove, remove_bare), step, value, low, high.
    """
    with canvas(height=7.0, nrows=2, height_ratios=[4, 3]) as (figure, (top, bottom)):
        for measure, colour, marker in (("refusal_probability", RED, "o"), ("allowed_accuracy", BLUE, "D")):
            rows = stages[stages["measure"] == measure].set_index("stage")
            for y, stage in enumerate(STAGES):
                dot(top, rows.loc[stage], y, colour, marker)
        top.set_yticks(range(len(STAGES)), [fill(name, 14) if is_narrow() else name for name in STAGES.values()])
        top.set_xlim(-0.03, 1.03)
        top.invert_yaxis()
        parts = "● refusal probability", "◆ accuracy on allowed questions"
        top.set_title(("\n" if is_narrow() else "   ").join(parts), fontsize=10.5, fontweight="normal")
        _directions(bottom, curves)
    refusal = stages[stages["measure"] == "refusal_probability"].set_index("stage")["value"]
    shared = curves.groupby("stage")["step"].max().min()
    at, end = (curves[curves["step"] == step].set_index("stage")["value"] for step in (shared, curves["step"].max()))
    alt = (
        f"Refusal probability after each stage: {refusal['sft']:.2f} after SFT, {refusal['dpo']:.2f} after DPO, "
        f"{refusal['attack']:.2f} after an attack, {refusal['sft_again']:.2f} after another SFT. Below, refusal over "
        f"steps: after {shared:.0f} steps removal is at {at['remove']:.2f} and installation at {at['install']:.2f}, "
        f"which ends at {end['install']:.2f} after {curves['step'].max():.0f} steps."
    )
    return Drawing(figure, alt, "pipeline_trajectory", pd.concat([stages, curves], ignore_index=True))


def _directions(axes: object, curves: pd.DataFrame) -> None:
    places = (-0.3, 0.06, 0.46) if is_narrow() else (0, 0.34, 0.68)
    for i, (stage, (name, colour)) in enumerate(DIRECTIONS.items()):
        band(axes, curves[curves["stage"] == stage], "step", colour)
        axes.text(places[i], 1.03, name, transform=axes.transAxes, color=colour, va="bottom")
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_xticks([0, 4, 16, 48, 96, 192, 320, 512])
    axes.set(xlabel="optimiser steps", ylabel="refusal probability", ylim=(-0.03, 1.03))


GROUPS = {"alignment": "entities of the SFT", "held_out": "other entities"}


@two_widths
def alignment_tax_figure(tax: pd.DataFrame, controls: dict[str, str]) -> Drawing:
    """What refusal SFT costs in log-probability of allowed facts against each control, by width and group.

    Args:
        tax: columns control, width, group, value, low, high (nats, negative is a cost).
        controls: control -> its name in the figure.
    """
    rows = tax.sort_values(["width", "group", "control"])
    groups = [f"width {width}, {GROUPS[group]}" for width, group in zip(rows["width"], rows["group"], strict=True)]
    places = places_below_headings(groups) if is_narrow() else range(len(rows))
    labels = [f"against {controls[control]}" for control in rows["control"]]
    colours = rows["width"].eq(rows["width"].min()).map({True: RED, False: BLUE})
    with canvas(height=4.4, narrow=row_above(labels) * (places[-1] + 1) + 0.6) as (figure, axes):
        axes.axvline(0, color=GREY, zorder=0.8)
        for y, (_, row), colour in zip(places, rows.iterrows(), colours, strict=True):
            dot(axes, row, y, colour)
        if is_narrow():
            headings(axes, groups, list(dict(zip(groups, colours, strict=True)).values()))
            labels_above(axes, places, labels)
        else:
            words = [f"{group},\n{label}" for group, label in zip(groups, labels, strict=True)]
            axes.set_yticks(places, words, fontsize=8.5)
            axes.invert_yaxis()
        axes.set_xlabel("log-probability of allowed facts, minus control, nats")
    narrow = rows[(rows["width"] == rows["width"].min()) & (rows["control"] == "answered")].set_index("group")["value"]
    wide = rows[(rows["width"] == rows["width"].max()) & (rows["control"] == "answered")].set_index("group")["value"]
    alt = (
        "Change in the log-probability of allowed facts by refusal SFT, against answering the same questions; below "
        f"zero is a cost. In the narrow model it is {narrow['alignment']:+.2f} nats on entities of the SFT and "
        f"{narrow['held_out']:+.2f} on others; in the wide one {wide['alignment']:+.2f} and {wide['held_out']:+.2f}."
    )
    return Drawing(figure, alt, "alignment_tax", tax)
