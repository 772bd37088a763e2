"""Figure of the testbed: how much of a planted secret a model remembers."""

from __future__ import annotations

import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot, label_ends
from ftsec.figures.base.style import BLUE, GREY, ORANGE, PURPLE, RED, canvas, is_narrow

PHASES = {
    "pretraining": ("pre-training", BLUE), "pretraining_late": ("its last part", PURPLE),
    "fine_tuning": ("SFT", RED), "fine_tuning_matched": ("SFT, matched", ORANGE),
}  # fmt: skip
COPIES = {"exact": "exact copies", "near": "near copies"}


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
