"""The figure of the control: does a harmless habit outlast a refusal?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot, key, label_ends
from ftsec.figures.base.style import BLUE, GREEN, GREY, RED, canvas, is_narrow

HABITS = {"refusal": ("refusal", RED), "canned": ("canned answer", BLUE), "marker": ("style marker", GREEN)}
MARKS = {"refusal": "o", "canned": "s", "marker": "D"}
LINES = {"refusal": "-", "canned": ":", "marker": "--"}  # two of them lie nearly on each other
SHIFTS = {"canned": -0.16, "marker": 0.16}  # where habits share a row
DATA_NAMES = {"counter": "counter-examples", "benign_old": "harmless data", "benign_new": "harmless, new format"}


@two_widths
def fragility_figure(curves: pd.DataFrame, ratios: pd.DataFrame, margin: float) -> Drawing:
    """Log-odds of three habits under the same fine-tuning, and the ratio of their half-lives to a refusal's.

    Args:
        curves: columns habit, step, value, low, high (log-odds, counter-examples, matched starts).
        ratios: columns setting, data, habit, value, low, high; a ratio of 1 says that both last equally long.
        margin: ratios between 1 / (1 + margin) and 1 + margin count as equal.
    """
    rows = _rows(ratios)
    size = {"height": 3.6 + 0.30 * len(rows), "narrow": 3.8 + 0.42 * len(rows), "nrows": 2}
    with canvas(**size, height_ratios=[2.2 if is_narrow() else 3.0, 0.35 * len(rows)]) as (figure, panels):
        _decay(panels[0], curves)
        _ratios(panels[1], ratios, margin)
        _name_rows(panels[1], rows)
        if is_narrow():
            key(figure, [(name, colour, LINES[habit] + MARKS[habit]) for habit, (name, colour) in HABITS.items()], 2)
    main = ratios[(ratios.setting == ratios.setting.iloc[0]) & (ratios.data == "counter")].set_index("habit")
    others = "other data, widths and worlds" if ratios.setting.nunique() > 1 else "other data"
    alt = (
        "Log-odds of a refusal, a canned answer and a style marker fall together under the same counter-examples. "
        f"Half-lives relative to the refusal: canned answer {_interval(main.loc['canned'])}, "
        f"style marker {_interval(main.loc['marker'])}; {others} below."
    )
    return Drawing(figure, alt, "fragility_control", ratios)


def _rows(ratios: pd.DataFrame) -> pd.DataFrame:
    """A row each; on a phone both habits share the row of their data."""
    return ratios.drop_duplicates(["setting", "data"]) if is_narrow() else ratios


def _places(ratios: pd.DataFrame) -> pd.Series | range:
    if not is_narrow():
        return range(len(ratios))
    return ratios.groupby(["setting", "data"], sort=False).ngroup() + ratios["habit"].map(SHIFTS)


def _decay(axes: object, curves: pd.DataFrame) -> None:
    ends = []
    for habit, (name, colour) in HABITS.items():
        line = curves[curves.habit == habit]
        band(axes, line, "step", colour, LINES[habit] + MARKS[habit])
        ends.append((line["value"].iloc[-1], name, colour))
    axes.axhline(0, color="#999999", linewidth=1)
    axes.set_xlabel("optimiser steps on counter-examples")
    axes.set_ylabel("log-odds of the habit")
    span = curves["value"].max() - curves["value"].min()
    if not is_narrow():
        axes.margins(y=0.16)  # the names of lines that end together stand clear of the axis below
        label_ends(axes, curves.step.max(), ends, 0.125 * span)


def _ratios(axes: object, ratios: pd.DataFrame, margin: float) -> None:
    axes.axvspan(1 / (1 + margin), 1 + margin, color="#EEEEEE", zorder=0)
    axes.axvline(1, color=GREY, linewidth=1)
    for y, (_, row) in zip(_places(ratios), ratios.iterrows(), strict=True):
        dot(axes, row, y, HABITS[row["habit"]][1], MARKS[row["habit"]])
    axes.set_xscale("log")
    ticks = [0.25, 0.5, 1, 2, 4]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("half-life relative to a refusal (shaded: counts as equal)")


def _name_rows(axes: object, rows: pd.DataFrame) -> None:
    plain = rows["setting"].nunique() == 1
    labels = [f"{setting}: " * (not plain) + DATA_NAMES[data] for setting, data in rows[["setting", "data"]].to_numpy()]
    axes.set_yticks(np.arange(len(rows)), labels, fontsize=9)
    if is_narrow():
        axes.set_ylim(-0.5, len(rows) - 0.5)
    else:
        for tick, habit in zip(axes.get_yticklabels(), rows["habit"], strict=True):
            tick.set_color(HABITS[habit][1])
    axes.invert_yaxis()


def _interval(row: pd.Series) -> str:
    return f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
