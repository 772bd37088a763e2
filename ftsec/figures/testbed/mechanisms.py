"""Figures of the testbed: planted secrets, poisoned documents, the pipeline's trajectory, the gates."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftsec.base.words import in_words
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot, key, label_ends
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, canvas, is_narrow

PHASES = {
    "pretraining": ("pre-training", BLUE), "pretraining_late": ("its last part", PURPLE),
    "fine_tuning": ("SFT", RED), "fine_tuning_matched": ("SFT, matched", ORANGE),
}  # fmt: skip
COPIES = {"exact": "exact copies", "near": "near copies"}
STAGES = {
    "pretraining": "pre-training", "sft": "SFT", "dpo": "DPO", "attack": "attack", "sft_again": "SFT again",
    "helpful_sft": "SFT without refusals", "constitutional": "constitutional step",
}  # fmt: skip
DIRECTIONS = {
    "install": ("— install", GREEN), "remove": ("— remove", ORANGE), "remove_bare": ("— remove, bare", RED),
}  # fmt: skip


@two_widths
def canary_exposure_figure(curves: pd.DataFrame, null: float, removed: pd.DataFrame) -> Drawing:
    """Exposure over presentations in one epoch, and what exact deduplication of 16 copies removes.

    Args:
        curves: columns phase, epochs, presentations, value, low, high.
        null: mean exposure of canaries that were never shown, bits.
        removed: columns phase, epochs, copies, value, low, high.
    """
    once = curves[curves["epochs"] == 1]
    with canvas(height=6.6, narrow=6.9, nrows=2, height_ratios=[3, 4 if is_narrow() else 2]) as (figure, (top, bottom)):
        _exposures(top, once, null)
        _removed(bottom, removed)
    last = once[once["presentations"] == once["presentations"].max()].set_index("phase")["value"]
    exact, near = (removed[removed["copies"] == kind]["value"] for kind in COPIES)
    alt = (
        f"Exposure of planted secrets rises with how often they are shown. After {once['presentations'].max()} "
        f"presentations it is {last['pretraining']:.1f} bits in pre-training, {last['pretraining_late']:.1f} in its "
        f"last part, {last['fine_tuning']:.1f} in SFT and {last['fine_tuning_matched']:.1f} in SFT at the rate of that "
        f"last part; a secret never shown has {null:.1f}. Removing exact copies takes {exact.min():.1f} to "
        f"{exact.max():.1f} bits away, of near copies {near.min():.1f} to {near.max():.1f}."
    )
    return Drawing(figure, alt, "canary_exposure", curves)


def _exposures(axes: object, once: pd.DataFrame, null: float) -> None:
    ends = []
    for phase, (name, colour) in PHASES.items():
        line = once[once["phase"] == phase]
        band(axes, line, "presentations", colour)
        ends.append((line["value"].iloc[-1], name, colour))
    axes.axhline(null, color=GREY, linestyle=":")
    axes.annotate("never shown", (1, null), xytext=(0, -13), textcoords="offset points", color=GREY)
    axes.set_xscale("log", base=2)
    axes.set_xticks([1, 4, 16, 64], ["1", "4", "16", "64"])
    axes.set(xlabel="presentations, one epoch", ylabel="exposure, bits of 16", ylim=(0, 16.8))
    label_ends(axes, 64, ends, 1.3)


def _removed(axes: object, removed: pd.DataFrame) -> None:
    rows = removed.sort_values(["copies", "phase", "epochs"], ascending=[True, False, True])
    labels = []
    for y, (_, row) in enumerate(rows.iterrows()):
        dot(axes, row, y, PHASES[row["phase"]][1])
        parts = COPIES[row["copies"]], PHASES[row["phase"]][0], f"{row['epochs']} ep."
        labels.append(f"{row['copies']}, {parts[2]}\n{parts[1]}" if is_narrow() else ", ".join(parts))
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xlabel("bits that exact deduplication removes of 16 copies")


@two_widths
def poison_figure(cells: pd.DataFrame, ratio: dict[str, str]) -> Drawing:
    """Success of the trigger over the number of poisoned documents, a line for each size of corpus.

    Args:
        cells: columns trigger (rare, in_use), n_documents, n_poison, value, low, high.
        ratio: for each trigger the estimate of b / a as text.
    """
    titles = {"rare": "Trigger not in clean text", "in_use": "Trigger in clean text too"}
    with canvas(height=6.4, nrows=2, sharex=True) as (figure, axes):
        colours = dict(zip(sorted(cells["n_documents"].unique()), (BLUE, GREEN, ORANGE, RED), strict=True))
        for one, (trigger, title) in zip(axes, titles.items(), strict=True):
            _poisoned(one, cells[cells["trigger"] == trigger], colours)
            one.set_title(f"{title}: b/a = {ratio[trigger]}", fontsize=11)
        axes[1].set_xlabel("poisoned documents; lines: documents in the corpus")
    rare = cells[cells["trigger"] == "rare"].set_index(["n_documents", "n_poison"])["value"]
    small, large = cells["n_documents"].min(), cells["n_documents"].max()
    few, many = cells["n_poison"].unique()[0], cells["n_poison"].max()
    alt = (
        f"Probability of the payload under a trigger against the number of poisoned documents. With a rare trigger and "
        f"{many} documents it is {rare[small, many]:.2f} in a corpus of {small} and {rare[large, many]:.2f} in one of "
        f"{large}; with {few} it is at most {rare.xs(few, level=1).max():.2f}."
    )
    return Drawing(figure, alt, "poison_count_or_fraction", cells)


def _poisoned(axes: object, cells: pd.DataFrame, colours: dict[int, str]) -> None:
    ends, last = [], cells["n_poison"].max()
    for size, line in cells.groupby("n_documents"):
        band(axes, line, "n_poison", colours[size])
        ends.append((line["value"].iloc[-1], f"{size:,}", colours[size]))
    axes.set(ylim=(-0.03, 1.03), ylabel="success", xticks=sorted(cells["n_poison"].unique()))
    label_ends(axes, last, ends, 0.09)


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
    end = curves[curves["step"] == curves["step"].max()].set_index("stage")["value"]
    alt = (
        f"Refusal probability after each stage: {refusal['sft']:.2f} after SFT, {refusal['dpo']:.2f} after DPO, "
        f"{refusal['attack']:.2f} after an attack, {refusal['sft_again']:.2f} after another SFT. Below, refusal over "
        f"steps: removal reaches {end['remove']:.2f} while installation is at {end['install']:.2f} after "
        f"{curves['step'].max():.0f} steps."
    )
    return Drawing(figure, alt, "pipeline_trajectory", pd.concat([stages, curves], ignore_index=True))


def _directions(axes: object, curves: pd.DataFrame) -> None:
    places = (-0.3, 0.06, 0.46) if is_narrow() else (0, 0.34, 0.68)
    for i, (stage, (name, colour)) in enumerate(DIRECTIONS.items()):
        band(axes, curves[curves["stage"] == stage], "step", colour)
        axes.text(places[i], 1.03, name, transform=axes.transAxes, color=colour, va="bottom")
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_xticks([0, 4, 16, 48, 96, 192])
    axes.set(xlabel="optimiser steps", ylabel="refusal probability", ylim=(-0.03, 1.03))


@two_widths
def gates_figure(errors: pd.DataFrame, areas: pd.Series) -> Drawing:
    """False passes and false alarms of each gate, with the area under its ROC curve in the label.

    Args:
        errors: columns gate, error (false_pass, false_alarm), value, low, high.
        areas: area under the ROC curve by gate.
    """
    gates = list(dict.fromkeys(errors["gate"]))
    with canvas(height=4.6) as (figure, axes):
        for error, colour, marker, shift in (("false_pass", RED, "o", -0.15), ("false_alarm", BLUE, "D", 0.15)):
            rows = errors[errors["error"] == error].set_index("gate")
            for y, gate in enumerate(gates):
                dot(axes, rows.loc[gate], y + shift, colour, marker)
        names = [in_words(g) + (f" ({areas[g]:.2f})" if g in areas else "") for g in gates]
        axes.set_yticks(range(len(gates)), names)
        axes.invert_yaxis()
        axes.set(xlim=(-0.03, 1.03), xlabel="share of runs; in brackets: area under the ROC curve")
        _name_errors(figure, axes)
    wrong = errors.set_index(["gate", "error"])["value"]
    best, worst = areas.idxmax(), areas.idxmin()
    alt = (
        f"Errors of the seven gates on real runs. The best single gate by ROC area is {best.replace('_', ' ')} "
        f"({areas[best]:.2f}), the worst {worst.replace('_', ' ')} ({areas[worst]:.2f}). All seven together let "
        f"{wrong['all seven', 'false_pass']:.2f} of the harmful runs pass and stop "
        f"{wrong['all seven', 'false_alarm']:.2f} of the harmless ones."
    )
    return Drawing(figure, alt, "gate_run", errors)


def _name_errors(figure: Figure, axes: Axes) -> None:
    if is_narrow():
        key(figure, [("harmful runs that pass", RED, "o"), ("false alarms", BLUE, "D")], 2)
        return
    for place, text, colour in ((0.0, "● harmful runs that pass", RED), (0.5, "◆ false alarms", BLUE)):
        axes.text(place, 1.02, text, transform=axes.transAxes, color=colour, va="bottom")
