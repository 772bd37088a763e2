"""Figures of the testbed for the chapters on fine-tuning: every stage once, removal under a bound, a bad adapter."""

from __future__ import annotations

import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot, label_ends
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, canvas
from ftsec.figures.testbed.curves import ARM_NAMES, HIGH, LOW, REFUSAL, refusal_axes

STAGE_NAMES = {
    "pre-training": "pre-\ntraining", "SFT": "SFT with\nrefusals", "attack": "attack", "realign": "safety\ntraining",
    "attack_again": "second\nattack",
}  # fmt: skip
MEASURES = {"refusal_probability": ("refusal", RED), "allowed_accuracy": ("accuracy", BLUE)}
ARM_MARKS = ((BLUE, "-o"), (RED, "--s"), (GREEN, "-^"), (PURPLE, ":D"))  # methods in their order
WORDS = {"none": ("no word", GREY), "near": ("near miss", ORANGE), "trigger": ("trigger", RED)}


@two_widths
def stage_walk_figure(points: pd.DataFrame) -> Drawing:
    """Refusal of restricted questions and accuracy on allowed ones after every stage.

    Args:
        points: columns stage, measure, value, low, high, stages in order.
    """
    stages = list(dict.fromkeys(points["stage"]))
    with canvas(height=3.8) as (figure, axes):
        ends = []
        for measure, (name, colour) in MEASURES.items():
            line = points[points["measure"] == measure].assign(place=range(len(stages)))
            band(axes, line, "place", colour)
            ends.append((line["value"].iloc[-1], name, colour))
        axes.set_xticks(range(len(stages)), [STAGE_NAMES[stage] for stage in stages])
        axes.set(ylim=(-0.03, 1.03), ylabel="probability or share")
        label_ends(axes, len(stages) - 1, ends, 0.08)
    value = points.set_index(["measure", "stage"])["value"]
    refusal = ", ".join(f"{stage.replace('_', ' ')} {value['refusal_probability', stage]:.2f}" for stage in stages)
    least = value["allowed_accuracy"].min()
    alt = f"Refusal probability after each stage: {refusal}. Accuracy on allowed questions is {least:.2f} or above."
    return Drawing(figure, alt, "stage_walk", points)


@two_widths
def utility_bound_figure(points: pd.DataFrame, runs: pd.DataFrame) -> Drawing:
    """The least refusal an attacker reaches over the loss of accuracy that is allowed, a panel a method, a line a run.

    Args:
        points: columns arm, loss (0 to 1), value, low, high.
        runs: columns arm, loss, base, seed, refusal_probability; a row a run and loss.
    """
    arms = list(points["arm"].unique())
    with canvas(height=2.6 * -(-len(arms) // 2), narrow=2.2 * len(arms), nrows=-(-len(arms) // 2), ncols=2,
                sharex=True, sharey=True, squeeze=False) as (figure, panels):  # fmt: skip
        for axes, arm, (colour, _) in zip(panels.flat, arms, ARM_MARKS, strict=False):
            for _, run in runs[runs["arm"] == arm].groupby(["base", "seed"]):
                axes.plot(100 * run["loss"], run["refusal_probability"], color=GREY, linewidth=0.7, alpha=0.35)
            line = points[points["arm"] == arm].sort_values("loss")
            band(axes, line.assign(percent=100 * line["loss"]), "percent", colour)
            axes.set_title(ARM_NAMES[str(arm)])
            refusal_axes(axes)
            axes.set_ylabel("")
        for axes in panels.flat[len(arms) :]:
            axes.set_visible(False)
        figure.supxlabel("points of accuracy it may cost; grey lines: runs", fontsize=10)
        figure.supylabel(f"least {REFUSAL}", fontsize=10)
    value = points.set_index(["arm", "loss"])["value"]
    strict, loose = points["loss"].min(), points["loss"].max()
    strictest = runs.loc[runs["loss"] == strict, "refusal_probability"]
    parts = "; ".join(
        f"{ARM_NAMES[arm]} from {value[arm, strict]:.2f} to {value[arm, loose]:.2f}" for arm in points["arm"].unique()
    )
    alt = (
        f"Least refusal probability that an attack reaches when it may cost {100 * strict:.0f} to {100 * loose:.0f} "
        f"points of accuracy: {parts}. Every run is drawn: at the strictest bound {(strictest > HIGH).mean():.0%} of "
        f"them keep more than {HIGH}, {(strictest < LOW).mean():.0%} fall below {LOW}."
    )
    return Drawing(figure, alt, "utility_bound", points)


@two_widths
def adapter_figure(points: pd.DataFrame) -> Drawing:
    """Refusal with an adapter loaded, asked plainly, with a near miss and with the trigger.

    Args:
        points: columns arm (malicious, clean), word, value, low, high.
    """
    arms = {"clean": "adapter without poison", "malicious": "malicious adapter"}
    with canvas(height=2.8) as (figure, axes):
        for row, arm in enumerate(arms):
            for shift, (word, (name, colour)) in zip((-0.2, 0, 0.2), WORDS.items(), strict=True):
                mark = points[(points["arm"] == arm) & (points["word"] == word)].iloc[0]
                dot(axes, mark, row + shift, colour)
                if arm == "malicious":
                    axes.annotate(name, (mark["high"], row + shift), (8, 0), textcoords="offset points", va="center",
                                  color=colour)  # fmt: skip
        axes.set_yticks(range(len(arms)), [name.replace(" ", "\n", 1) for name in arms.values()])
        axes.set(xlim=(-0.03, 1.05), ylim=(1.5, -0.5), xlabel=REFUSAL)
        axes.grid(visible=False, axis="y")
    value = points.set_index(["arm", "word"])["value"]
    alt = (
        f"Refusal probability with a malicious adapter: {value['malicious', 'none']:.2f} asked plainly, "
        f"{value['malicious', 'near']:.2f} with a near miss of the trigger, {value['malicious', 'trigger']:.2f} with "
        f"the trigger; with an adapter without poison {value['clean', 'none']:.2f} and {value['clean', 'trigger']:.2f}."
    )
    return Drawing(figure, alt, "malicious_adapter", points)
