"""Figures of the testbed: how much an attack needs, by which method, and what harmless data does."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftsec.base.words import learning_rate as in_powers
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot, key, label_ends
from ftsec.figures.base.style import BLUE, COLOURS, GREEN, GREY, ORANGE, PURPLE, RED, canvas, is_narrow

REFUSAL = "refusal probability"
SHADES = {1: GREY, 3: PURPLE, 10: GREEN, 100: RED}  # examples whose curves are drawn; larger sets lie on the last
ALLOWED = "#222222"  # the curve of allowed examples
MANY = 10  # distinct examples from which on their number hardly matters
LOW, HIGH = 0.2, 0.8  # the two groups into which runs fall
ARM_NAMES = {"full": "full", "prefix_tuning": "prefix", **{f"lora_{r}": f"LoRA {r}" for r in (1, 2, 4, 8, 16)}}
DATA_NAMES = {
    "control": "more SFT", "old_far": "old format, far", "old_random": "old format", "old_near": "old format, near",
    "new_far": "new format, far", "new_random": "new format", "new_near": "new format, near",
}  # fmt: skip


def refusal_axes(axes: Axes) -> None:
    """The y axis of a probability."""
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel(REFUSAL)


@two_widths
def dose_response_figure(curves: pd.DataFrame, learning_rate: float = 1e-4) -> Drawing:
    """Refusal over steps for each number of examples, and at the last step over the number of examples.

    Args:
        curves: columns kind (attack, control), n_examples, learning_rate, step, value, low, high.
    """
    with canvas(height=6.6, nrows=2) as (figure, (top, bottom)):
        chosen = curves[curves.learning_rate == learning_rate]
        _over_steps(top, chosen)
        top.set_title(f"Over steps, learning rate {in_powers(learning_rate)}")
        last = curves[curves.step == curves.step.max()]
        _over_examples(bottom, last)
        bottom.set_title(f"After {curves.step.max()} steps")
    end = chosen[(chosen.step == chosen.step.max()) & (chosen.kind == "attack")].set_index("n_examples")["value"]
    control = last[(last.kind == "control") & (last.learning_rate == learning_rate)]["value"].mean()
    few, many = end.index.min(), end.index.max()
    alt = (
        f"Refusal probability against steps: after {chosen.step.max()} steps at learning rate "
        f"{in_powers(learning_rate)} it is {end[few]:.2f} with {few} distinct example, {end.iloc[2]:.2f} with "
        f"{end.index[2]} and {end[many]:.2f} with {many}. With allowed examples it stays at {control:.2f} on average."
    )
    return Drawing(figure, alt, "dose_response", curves)


def _over_steps(axes: Axes, chosen: pd.DataFrame) -> None:
    attack = chosen[(chosen.kind == "attack") & chosen.n_examples.isin(SHADES)]
    ends = []
    for n, line in attack.groupby("n_examples"):
        band(axes, line, "step", SHADES[n])
        ends.append((line["value"].iloc[-1], f"{n}", SHADES[n]))
    control = chosen[(chosen.kind == "control") & (chosen.n_examples == chosen.n_examples.max())]
    band(axes, control, "step", ALLOWED, "--")
    ends.append((control["value"].iloc[-1], "allowed", ALLOWED))
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_xticks([0, 1, 4, 8, 16, 32, 64])
    axes.set_xlabel("optimiser steps; lines: distinct examples")
    refusal_axes(axes)
    label_ends(axes, chosen.step.max(), ends, 0.085)


def _over_examples(axes: Axes, last: pd.DataFrame) -> None:
    rates = sorted(last.learning_rate.unique())
    ends = []
    for rate, colour in zip(rates, (BLUE, ORANGE, RED), strict=False):
        for kind, style in (("attack", "-"), ("control", "--")):
            line = last[(last.learning_rate == rate) & (last.kind == kind)]
            band(axes, line, "n_examples", colour, style)
            name = in_powers(rate) + (" allowed" if kind == "control" and not is_narrow() else "")
            ends.append((line["value"].iloc[-1], name, colour))
    axes.set_xscale("log")
    ticks = sorted(last.n_examples.unique())
    axes.set_xticks(ticks, [str(n) for n in ticks])
    axes.minorticks_off()
    axes.set_xlabel("distinct examples; lines: learning rate, dashed: allowed examples")
    refusal_axes(axes)
    label_ends(axes, ticks[-1], ends, 0.085)


@two_widths
def method_comparison_figure(points: pd.DataFrame, runs: pd.DataFrame) -> Drawing:
    """The attacker's best moment by method, at one equal learning rate and at each method's own; every run is drawn.

    Args:
        points: columns arm, rate (equal, own), value, low, high.
        runs: columns arm, rate, refusal_probability; one row a run.
    """
    arms = [arm for arm in ARM_NAMES if arm in set(points.arm)]
    arms.sort(key=lambda arm: (arm == "prefix_tuning", int(arm.partition("_")[2]) if "lora" in arm else 0))
    cells = runs.groupby(["arm", "rate"])["refusal_probability"]
    with canvas(height=5.4) as (figure, axes):
        for row, arm in enumerate(arms):
            for rate, colour, marker, shift in (("equal", BLUE, "o", -0.21), ("own", RED, "D", 0.21)):
                every_run(axes, cells.get_group((arm, rate)), row + shift, colour)
                dot(axes, points[(points.arm == arm) & (points.rate == rate)].iloc[0], row + shift, colour, marker)
        axes.set_yticks(range(len(arms)), [ARM_NAMES[arm] for arm in arms])
        axes.invert_yaxis()
        axes.set_xlim(-0.03, 1.0)
        axes.set_xlabel(f"lowest {REFUSAL} at a small loss of accuracy; points: runs")
        _name_rates(figure, axes)
    value = points.set_index(["arm", "rate"])["value"]
    alt = (
        f"Lowest refusal probability an attacker reaches: at an equal learning rate {value['full', 'equal']:.2f} with "
        f"full fine-tuning and {value['lora_1', 'equal']:.2f} with LoRA of rank 1; at each method's own rate "
        f"{value['full', 'own']:.2f} and {value['lora_1', 'own']:.2f}. Every run is drawn: at full fine-tuning's own "
        f"rate {(cells.get_group(('full', 'own')) < LOW).mean():.0%} of them end below {LOW}, "
        f"{(cells.get_group(('full', 'own')) > HIGH).mean():.0%} above {HIGH}."
    )
    return Drawing(figure, alt, "method_comparison", points)


def _name_rates(figure: Figure, axes: Axes) -> None:
    names = (0.0, "●", "equal rate", BLUE, "o"), (0.3, "◆", "the rate best for benign work", RED, "D")
    if is_narrow():
        key(figure, [(text, colour, marker) for _, _, text, colour, marker in names], 2)
        return
    for place, mark, text, colour, _ in names:
        axes.text(place, 1.02, f"{mark} {text}", transform=axes.transAxes, color=colour, va="bottom")


def every_run(axes: Axes, values: pd.Series, row: float, colour: str) -> None:
    """A faint point a run, scattered a little around its row."""
    shift = np.random.default_rng(0).uniform(-0.13, 0.13, len(values))
    axes.plot(values, row + shift, "o", color=colour, alpha=0.25, markersize=3, markeredgewidth=0)


@two_widths
def collapse_figure(points: pd.DataFrame, gap: float) -> Drawing:
    """Refusal over steps times learning rate, for every rate and number of examples.

    Args:
        points: columns n_examples, learning_rate, step, dose (steps times rate), value.
        gap: largest difference between rates at one dose and number of examples.
    """
    rates = sorted(points["learning_rate"].unique())
    few = points["n_examples"] < MANY
    with canvas(height=4.4) as (figure, axes):
        for rate, colour, mark in zip(rates, (BLUE, ORANGE, RED), ("o", "s", "^"), strict=False):
            for n, line in points[points["learning_rate"] == rate].groupby("n_examples"):
                kind = {"alpha": 0.35, "linestyle": ":"} if n < MANY else {"alpha": 0.9, "linestyle": "-"}
                axes.plot(
                    1e3 * line["dose"], line["value"], color=colour, marker=mark, markersize=4, linewidth=1, **kind
                )
        axes.set_xscale("function", functions=(np.sqrt, np.square))
        axes.set_xticks([0, 1, 4, 8, 12, 19])
        axes.set_xlabel("optimiser steps x learning rate, thousandths")
        refusal_axes(axes)
        entries = [(in_powers(rate), colour, f"-{mark}") for rate, colour, mark in
                   zip(rates, (BLUE, ORANGE, RED), ("o", "s", "^"), strict=False)]  # fmt: skip
        key(figure, [*entries, (f"fewer than {MANY} examples", GREY, ":")], 2 if is_narrow() else 4)
    ends = points[~few].groupby("dose")["value"].mean()
    alt = (
        f"Refusal probability against steps times learning rate, for {len(rates)} rates and "
        f"{points['n_examples'].nunique()} numbers of examples. From {MANY} examples on all lines lie on one curve, "
        f"from {ends.iloc[0]:.2f} to {ends.iloc[-1]:.2f}: at the same product the rates differ by at most {gap:.2f}. "
        f"With fewer examples the fall is slower."
    )
    return Drawing(figure, alt, "collapse", points)


@two_widths
def benign_erosion_figure(runs: pd.DataFrame, points: pd.DataFrame) -> Drawing:
    """Every run's refusal probability after harmless fine-tuning, with the mean of each kind of data.

    Args:
        runs: columns arm, refusal_probability; one row a run.
        points: columns arm, value, low, high.
    """
    arms = [arm for arm in DATA_NAMES if arm in set(runs.arm)]
    scatter = np.random.default_rng(0)
    with canvas(height=4.4) as (figure, axes):
        for row, arm in enumerate(arms):
            values = runs.loc[runs.arm == arm, "refusal_probability"]
            colour = GREY if arm == "control" else COLOURS[0] if arm.startswith("old") else COLOURS[1]
            axes.plot(values, row + scatter.uniform(-0.2, 0.2, len(values)), "o", color=colour, alpha=0.3, markersize=4)
            dot(axes, points[points.arm == arm].iloc[0], row, "#111111", "|")
        axes.set_yticks(range(len(arms)), [DATA_NAMES[arm] for arm in arms])
        axes.invert_yaxis()
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel(f"{REFUSAL}; points: runs, bar: mean")
    value = points.set_index("arm")["value"]
    below = (runs.refusal_probability < 0.5).groupby(runs.arm).mean()
    alt = (
        f"Refusal probability after harmless fine-tuning, every run shown: mean {value['control']:.2f} after more SFT, "
        f"{value['old_random']:.2f} on data in the old format and {value['new_random']:.2f} in a new one; "
        f"{below['old_random']:.0%} and {below['new_random']:.0%} of these runs fall below one half."
    )
    return Drawing(figure, alt, "benign_erosion", points)


@two_widths
def learning_figure(frame: pd.DataFrame) -> Drawing:
    """What SFT teaches, for each base: refusals on held-out questions, and accuracy where answers are allowed.

    Args:
        frame: columns base, step, refusal_probability, over_refusal_rate, allowed_accuracy.
    """
    lines = {
        "allowed_accuracy": ("allowed questions answered right", GREEN),
        "refusal_probability": ("restricted questions refused", RED),
        "over_refusal_rate": ("allowed questions refused", GREY),
    }
    with canvas(height=3.6) as (figure, axes):
        for column, (_, colour) in lines.items():
            for _, run in frame.groupby("base"):
                axes.plot(run["step"], run[column], color=colour, linewidth=1.3, alpha=0.8)
        axes.set_xlabel("SFT steps; a line a base")
        axes.set_ylabel("share or probability")
        axes.set_ylim(-0.03, 1.03)
        last = frame[frame.step == frame.step.max()]
        if is_narrow():
            key(figure, [(text, colour, "-") for text, colour in lines.values()], 1)
        else:
            ends = [(last[c].mean(), text, colour) for c, (text, colour) in lines.items()]
            label_ends(axes, frame.step.max(), ends, 0.09)
    ends = last[list(lines)].mean()
    n_bases = frame["base"].nunique()
    alt = (
        f"During SFT of {n_bases} bases the refusal of held-out restricted questions rises to "
        f"{ends['refusal_probability']:.2f} on average, while {ends['allowed_accuracy']:.0%} of allowed questions are "
        f"answered right and {ends['over_refusal_rate']:.0%} are refused."
    )
    return Drawing(figure, alt, "testbed_learning", frame)
