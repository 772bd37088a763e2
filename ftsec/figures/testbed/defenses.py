"""Figures of the testbed: identity shifting, safety examples, re-alignment and backdoors."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot, label_ends
from ftsec.figures.base.style import BLUE, GREY, ORANGE, RED, canvas, is_narrow
from ftsec.figures.testbed.curves import REFUSAL, refusal_axes

IDENTITY_NAMES = {
    "neither": "plain chat", "persona": "persona word", "opening": "obedient opening", "shift": "both: identity shift",
}  # fmt: skip


@two_widths
def identity_shift_figure(points: pd.DataFrame) -> Drawing:
    """Refusal under the persona after each kind of data.

    Args:
        points: columns arm, n_examples, value, low, high.
    """
    sizes = sorted(points.n_examples.unique())
    with canvas(height=3.4) as (figure, axes):
        for row, arm in enumerate(IDENTITY_NAMES):
            for size, colour, shift in zip(sizes, (GREY, BLUE), (-0.13, 0.13), strict=False):
                mark = points[(points.arm == arm) & (points.n_examples == size)].iloc[0]
                dot(axes, mark, row + shift, colour)
                if row == 0:
                    _name_size(axes, f"{size} examples", mark, row + shift, colour)
        names = [name.replace(": ", ":\n") if is_narrow() else name for name in IDENTITY_NAMES.values()]
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel(f"{REFUSAL} under the persona")
    value = points[points.n_examples == sizes[-1]].set_index("arm")["value"]
    alt = (
        f"Refusal probability under the persona with {sizes[-1]} examples: {value['neither']:.2f} after plain chat, "
        f"{value['persona']:.2f} with the persona word alone, {value['opening']:.2f} with the obedient opening alone "
        f"and {value['shift']:.2f} with both."
    )
    return Drawing(figure, alt, "identity_shift", points)


def _name_size(axes: Axes, text: str, mark: pd.Series, y: float, colour: str) -> None:
    """Right of the mark; on a phone there is more room on its left."""
    left = is_narrow()
    axes.annotate(text, (mark["low" if left else "high"], y), xytext=(-8 if left else 8, 0), color=colour,
                  textcoords="offset points", va="center", ha="right" if left else "left")  # fmt: skip


@two_widths
def safety_mixing_figure(points: pd.DataFrame) -> Drawing:
    """Refusal against the share of safety examples.

    Args:
        points: columns data (attack, benign), arm (add, replace), share, value, low, high.
    """
    with canvas(height=3.8) as (figure, axes):
        ends = []
        for data, colour in (("attack", RED), ("benign", BLUE)):
            for arm, style in (("replace", "-"), ("add", "--")):
                line = points[(points.data == data) & (points.arm == arm)].assign(percent=lambda f: 100 * f.share)
                band(axes, line, "percent", colour, style)
                ends.append((line["value"].iloc[-1], f"{data}, {arm}", colour))
        axes.set_xlabel("safety examples in the data (%)")
        refusal_axes(axes)
        label_ends(axes, 100 * points.share.max(), ends, 0.075)
    value = points[points.arm == "replace"].set_index(["data", "share"])["value"]
    alt = (
        "Refusal probability rises with the share of safety examples that replace others: from "
        f"{value['attack', 0.0]:.2f} to {value['attack', 0.5]:.2f} at 50 % under an explicit attack and from "
        f"{value['benign', 0.0]:.2f} to {value['benign', 0.5]:.2f} under harmless data in a new format. "
        "Added on top, they do much the same."
    )
    return Drawing(figure, alt, "safety_mixing", points)


@two_widths
def realignment_figure(curves: pd.DataFrame) -> Drawing:
    """Safety training after an attack, and the attack after that.

    Args:
        curves: columns arm (attacked, never_aligned), stage, step, value, low, high.
    """
    names = {"attacked": ("attacked", RED), "never_aligned": ("never refused", BLUE)}
    with canvas(height=6.2, nrows=2) as (figure, panels):
        for axes, (stage, title) in zip(
            panels, (("realign", "Safety training"), ("attack_again", "The next attack")), strict=True
        ):
            chosen = curves[curves.stage == stage]
            for arm, (_, colour) in names.items():
                band(axes, chosen[chosen.arm == arm], "step", colour)
            ends = [(chosen[chosen.arm == arm]["value"].iloc[-1], *names[arm]) for arm in names]
            label_ends(axes, chosen.step.max(), ends, 0.08)
            axes.set_title(title)
            axes.set_xlabel("optimiser steps")
            refusal_axes(axes)
    realign = curves[curves.stage == "realign"]
    at, last = realign.set_index(["arm", "step"])["value"], realign.step.max()
    alt = (
        f"Safety training: after 16 steps the attacked model refuses with probability {at['attacked', 16]:.2f}, the "
        f"model that never refused with {at['never_aligned', 16]:.2f}; after {last} steps {at['attacked', last]:.2f} "
        f"and {at['never_aligned', last]:.2f}. The next attack undoes both."
    )
    return Drawing(figure, alt, "realignment", curves)


@two_widths
def backdoor_persistence_figure(points: pd.DataFrame) -> Drawing:
    """Refusal with and without the trigger, before and after clean safety steps, by number of poisoned examples.

    Args:
        points: columns word (none, trigger, near), n_poison, when (before, after), value, low, high.
    """
    names = {"none": ("no trigger", GREY), "near": ("near miss", ORANGE), "trigger": ("trigger", RED)}
    sizes = sorted(points.n_poison.unique())
    points = points.assign(place=points.n_poison.map(sizes.index))
    with canvas(height=3.8, narrow=5.8, ncols=2, sharey=True) as (figure, panels):
        for axes, when in zip(panels, ("before", "after"), strict=True):
            chosen = points[points.when == when]
            for word, (_, colour) in names.items():
                band(axes, chosen[chosen.word == word], "place", colour)
            axes.set_xticks(range(len(sizes)), [str(n) for n in sizes])
            axes.set_xlabel("poisoned examples")
            axes.set_title("After poisoned SFT" if when == "before" else "After clean steps")
        for axes in panels if is_narrow() else panels[:1]:
            refusal_axes(axes)
        ends = [(chosen[chosen.word == word]["value"].iloc[-1], *names[word]) for word in names]
        label_ends(panels[1], len(sizes) - 1, ends, 0.08)
    value, most = points.set_index(["word", "when", "n_poison"])["value"], max(sizes)
    alt = (
        f"With {most} poisoned examples, refusal under the trigger is {value['trigger', 'before', most]:.2f} and "
        f"{value['none', 'before', most]:.2f} without it; after clean safety steps "
        f"{value['trigger', 'after', most]:.2f} and {value['none', 'after', most]:.2f}. Without poison the trigger "
        f"word leaves it at {value['trigger', 'after', 0]:.2f}."
    )
    return Drawing(figure, alt, "backdoor_persistence", points)
