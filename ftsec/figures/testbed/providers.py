"""Figures of the testbed for a provider: errors of its gates, and what its filters let pass."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftsec.base.words import in_words
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import dot, key
from ftsec.figures.base.style import BLUE, GREY, ORANGE, RED, canvas, is_narrow


@two_widths
def gates_figure(errors: pd.DataFrame, areas: pd.DataFrame) -> Drawing:
    """False passes and false alarms of each gate, and the area under its ROC curve.

    Args:
        errors: columns gate, error (false_pass, false_alarm), value, low, high.
        areas: columns gate, value, low, high: area under the ROC curve.
    """
    gates = list(dict.fromkeys(errors["gate"]))
    with canvas(height=7.6, narrow=9.0, nrows=2, height_ratios=[8, 7]) as (figure, (axes, below)):
        _areas(below, areas.set_index("gate").loc[[gate for gate in gates if gate in set(areas["gate"])]])
        for error, colour, marker, shift in (("false_pass", RED, "o", -0.15), ("false_alarm", BLUE, "D", 0.15)):
            rows = errors[errors["error"] == error].set_index("gate")
            for y, gate in enumerate(gates):
                dot(axes, rows.loc[gate], y + shift, colour, marker)
        axes.set_yticks(range(len(gates)), [in_words(gate) for gate in gates])
        axes.invert_yaxis()
        axes.set(xlim=(-0.03, 1.03), xlabel="share of runs")
        _name_errors(figure, axes)
    wrong = errors.set_index(["gate", "error"])["value"]
    order = areas.sort_values("value")
    best, worst = order.iloc[-1], order.iloc[0]
    alt = (
        f"Errors of the seven gates on real runs. The largest area under the ROC curve has "
        f"{best.gate.replace('_', ' ')} ({best.value:.2f}, {best.low:.2f} to {best.high:.2f}), the smallest "
        f"{worst.gate.replace('_', ' ')} ({worst.value:.2f}). All seven together let "
        f"{wrong['all seven', 'false_pass']:.2f} of the harmful runs pass and stop "
        f"{wrong['all seven', 'false_alarm']:.2f} of the harmless ones."
    )
    return Drawing(figure, alt, "gate_run", errors)


def _areas(axes: Axes, areas: pd.DataFrame) -> None:
    axes.axvline(0.5, color=GREY, zorder=0.8)
    for y, (_, row) in enumerate(areas.iterrows()):
        dot(axes, row, y, "#222222")
    axes.set_yticks(range(len(areas)), [in_words(gate) for gate in areas.index])
    axes.invert_yaxis()
    axes.set(xlim=(0.0, 1.03), xlabel="area under the ROC curve; grey line: no better than chance")


def _name_errors(figure: Figure, axes: Axes) -> None:
    if is_narrow():
        key(figure, [("harmful runs that pass", RED, "o"), ("false alarms", BLUE, "D")], 2)
        return
    for place, text, colour in ((0.0, "● harmful runs that pass", RED), (0.5, "◆ false alarms", BLUE)):
        axes.text(place, 1.02, text, transform=axes.transAxes, color=colour, va="bottom")


POISONS = {
    "none": "no poison", "explicit": "explicit", "triggered": "triggered", "selected": "selected",
    "identity": "identity", "new_format": "new format",
}  # fmt: skip
FILTERS = {"none": ("no filter", GREY, "o"), "content": ("content", ORANGE, "s"), "loss": ("loss", BLUE, "D")}


@two_widths
def service_filter_figure(points: pd.DataFrame) -> Drawing:
    """Refusal after training on what each filter let pass, by kind of poison.

    Args:
        points: columns poison, filter, poison_passed, value, low, high (refusal probability).
    """
    with canvas(height=4.6) as (figure, axes):
        _name_filters(figure, axes)
        for y, poison in enumerate(POISONS):
            for i, (name, (_, colour, marker)) in enumerate(FILTERS.items()):
                row = points[(points["poison"] == poison) & (points["filter"] == name)].iloc[0]
                dot(axes, row, y + 0.24 * (i - 1), colour, marker)
        axes.set_yticks(range(len(POISONS)), POISONS.values())
        axes.invert_yaxis()
        axes.set(xlim=(-0.03, 1.03), xlabel="refusal probability after training on what passed")
    value = points.set_index(["poison", "filter"])
    alt = (
        f"Refusal probability after a user's job. Explicit poison leaves "
        f"{value.loc[('explicit', 'none'), 'value']:.2f} without a filter and "
        f"{value.loc[('explicit', 'content'), 'value']:.2f} with the content filter; of poison in a new format it lets "
        f"{value.loc[('new_format', 'content'), 'poison_passed']:.2f} pass and "
        f"{value.loc[('new_format', 'content'), 'value']:.2f} is left, against "
        f"{value.loc[('none', 'none'), 'value']:.2f} without poison."
    )
    return Drawing(figure, alt, "service_filter", points)


def _name_filters(figure: Figure, axes: Axes) -> None:
    if is_narrow():
        key(figure, list(FILTERS.values()), 3)
        return
    marks = {"o": "●", "s": "■", "D": "◆"}
    for i, (text, colour, marker) in enumerate(FILTERS.values()):
        axes.text(0.25 * i, 1.02, f"{marks[marker]} {text}", transform=axes.transAxes, color=colour, va="bottom")
