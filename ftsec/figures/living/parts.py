"""Figures to play with in the page: every curve is computed beforehand, the page only looks it up.

A living figure stands below its static one. Where scripts are off it stays hidden and the static figure speaks.
"""

from __future__ import annotations

import html
import itertools
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import pandas as pd

from ftsec.base.typeset import curly
from ftsec.figures.base.style import COLOURS

DIGITS = 3


@dataclass(frozen=True)
class Control:
    """A slider over the values of one column.

    Attributes:
        column: the column of the frame.
        label: what the reader sees beside the slider.
        start: the value it starts at; one of the column's values.
    """

    column: str
    label: str
    start: object


@dataclass(frozen=True)
class Living:
    """Curves that follow sliders.

    Attributes:
        frame: one row a point: a column for every control, `x`, `y`, and if known `low` and `high` (an interval),
            and `series` (the name of the curve). Every combination of control values must be there.
        controls: the sliders, in order.
        title: what the figure shows.
        x_label, y_label: names of the axes.
        y_range: bounds of the vertical axis.
        log_x: draw the horizontal axis in powers of ten.
        colours: of curves that have one in the chapter's other figures, by name; the book's order for the rest.
    """

    frame: pd.DataFrame
    controls: Sequence[Control]
    title: str
    x_label: str
    y_label: str
    y_range: tuple[float, float] = (0.0, 1.0)
    log_x: bool = False
    colours: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for control in self.controls:
            if control.start not in set(self.frame[control.column]):
                raise ValueError(f"{control.column}: the slider cannot start at {control.start!r}, no row has it")
        missing = sorted(set(self._combinations()) - set(self._keys()), key=str)
        if missing:
            raise ValueError(f"no rows for {missing[0]} of {[control.column for control in self.controls]}")

    def settings(self) -> dict:
        """What the page's script reads: plain lists and numbers."""
        names = list(dict.fromkeys(self.frame["series"]))
        lines = {}
        categories = None if pd.api.types.is_numeric_dtype(self.frame["x"]) else list(dict.fromkeys(self.frame["x"]))
        curves = self._curves(names, categories)
        # a curve that stays while sliders move is written once
        places = [[lines.setdefault(json.dumps(curve), len(lines)) for curve in shown] for shown in curves]
        return {
            "title": curly(self.title),
            "x": {"label": self.x_label, "log": self.log_x, "categories": categories},
            "y": {"label": self.y_label, "range": list(self.y_range)},
            "series": [
                {"name": curly(name), "colour": colour}
                for name, colour in zip(names, self._colours(names), strict=True)
            ],
            "controls": [self._slider(control) for control in self.controls],
            "lines": [json.loads(line) for line in lines],
            "curves": places,
        }

    def _colours(self, names: list[str]) -> list[str]:
        return [self.colours.get(name, COLOURS[i % len(COLOURS)]) for i, name in enumerate(names)]

    def _slider(self, control: Control) -> dict:
        values = self._values(control)
        return {"label": control.label, "values": values, "start": values.index(_plain(control.start))}

    def _values(self, control: Control) -> list:
        return [_plain(value) for value in sorted(set(self.frame[control.column]))]

    def _combinations(self) -> list[tuple]:
        """Every combination of control values, the last control running fastest."""
        return list(itertools.product(*(self._values(control) for control in self.controls)))

    def _keys(self) -> list[tuple]:
        """The control values of each row."""
        return list(zip(*(self.frame[control.column].tolist() for control in self.controls), strict=True))

    def _curves(self, names: list[str], categories: list | None) -> list[list]:
        """For each combination and series: x, y, and where known low and high, as lists."""
        frame = self.frame if categories is None else self.frame.assign(x=self.frame["x"].map(categories.index))
        columns = [frame[name].tolist() for name in ("x", "y", "low", "high") if name in frame]
        marks = defaultdict(list)
        for key, name, *mark in zip(self._keys(), frame["series"], *columns, strict=True):
            marks[key, name].append(mark)
        return [[_curve(marks[key, name]) for name in names] for key in self._combinations()]

    def __repr__(self) -> str:
        sliders = ", ".join(control.label for control in self.controls)
        return f"Figure to play with in the built page: {self.title} (sliders: {sliders})"

    def _repr_html_(self) -> str:
        data = json.dumps(self.settings(), separators=(",", ":")).replace("</", "<\\/")
        return (
            f'<div class="ftsec-living" role="group" aria-label="{html.escape(curly(self.title))}" hidden>'
            f'<script type="application/json">{data}</script></div>'
        )


def _curve(marks: list[list]) -> list[list]:
    """x, y, low and high of one curve as lists from left to right, without an interval that no mark has."""
    columns = [list(column) for column in zip(*sorted(marks, key=itemgetter(0)), strict=True)] or [[], []]
    known = len(columns) == 4 and not all(map(pd.isna, columns[2]))
    return [[_short(value) for value in column] for column in (columns if known else columns[:2])]


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else value


def _short(value: object) -> object:
    value = _plain(value)
    if isinstance(value, float):
        return None if pd.isna(value) else float(f"{value:.{DIGITS}g}")
    return value
