"""The figure of the control: does a harmless habit outlast a refusal?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.figures.drawing import Drawing, two_widths
from ftsec.figures.marks import band, dot, label_ends
from ftsec.figures.style import BLUE, GREEN, GREY, RED, canvas

HABITS = {"refusal": ("refusal", RED), "canned": ("canned answer", BLUE), "marker": ("style marker", GREEN)}
DATA_NAMES = {"counter": "counter-examples", "benign_old": "harmless data", "benign_new": "harmless, new format"}


@two_widths
def fragility_figure(curves: pd.DataFrame, ratios: pd.DataFrame, margin: float) -> Drawing:
    """Log-odds of three habits under the same fine-tuning, and the ratio of their half-lives to a refusal's.

    Args:
        curves: columns habit, step, value, low, high (log-odds, counter-examples, matched starts).
        ratios: columns setting, data, habit, value, low, high; a ratio of 1 says that both last equally long.
        margin: ratios between 1 / (1 + margin) and 1 + margin count as equal.
    """
    with canvas(height=3.6 + 0.30 * len(ratios), nrows=2, height_ratios=[3.0, 0.35 * len(ratios)]) as (figure, panels):
        _decay(panels[0], curves)
        _ratios(panels[1], ratios, margin)
    main = ratios[(ratios.setting == ratios.setting.iloc[0]) & (ratios.data == "counter")].set_index("habit")
    others = "other data, widths and worlds" if ratios.setting.nunique() > 1 else "other data"
    alt = (
        "Log-odds of a refusal, a canned answer and a style marker fall together under the same counter-examples. "
        f"Half-lives relative to the refusal: canned answer {_interval(main.loc['canned'])}, "
        f"style marker {_interval(main.loc['marker'])}; {others} below."
    )
    return Drawing(figure, alt, "fragility_control", ratios)


def _decay(axes: object, curves: pd.DataFrame) -> None:
    ends = []
    for habit, (name, colour) in HABITS.items():
        line = curves[curves.habit == habit]
        band(axes, line, "step", colour)
        ends.append((line["value"].iloc[-1], name, colour))
    axes.axhline(0, color="#999999", linewidth=1)
    axes.set_xlabel("optimiser steps on counter-examples")
    axes.set_ylabel("log-odds of the habit")
    span = curves["value"].max() - curves["value"].min()
    label_ends(axes, curves.step.max(), ends, 0.11 * span)


def _ratios(axes: object, ratios: pd.DataFrame, margin: float) -> None:
    axes.axvspan(1 / (1 + margin), 1 + margin, color="#EEEEEE", zorder=0)
    axes.axvline(1, color=GREY, linewidth=1)
    for y, (_, row) in enumerate(ratios.iterrows()):
        dot(axes, row, y, HABITS[row["habit"]][1], "D" if row["habit"] == "marker" else "o")
    labels = [f"{row.setting}: {DATA_NAMES[row['data']]}" for _, row in ratios.iterrows()]
    axes.set_yticks(np.arange(len(ratios)), labels, fontsize=9)
    for tick, (_, row) in zip(axes.get_yticklabels(), ratios.iterrows(), strict=True):
        tick.set_color(HABITS[row["habit"]][1])
    axes.invert_yaxis()
    axes.set_xscale("log")
    ticks = [0.25, 0.5, 1, 2, 4]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("half-life relative to a refusal (shaded: counts as equal)")


def _interval(row: pd.Series) -> str:
    return f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
