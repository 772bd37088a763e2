"""Figures on filters of uploaded training data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, canvas, is_narrow

READ_COLOURS = {"instructions": BLUE, "answers": ORANGE, "examples": GREEN}
READ_OFFSETS = {"instructions": -0.18, "answers": 0.18, "examples": 0}
BESIDE = {"textcoords": "offset points"}
RIGHT_HALF = 50  # per cent


@two_widths
def flagged_shares(filters: pd.DataFrame) -> Drawing:
    """Share of harmful training examples that each filter flags, with 95 % intervals.

    Args:
        filters: columns filter, read (``instructions``, ``answers`` or ``examples``), flagged, low, high (per cent).
    """
    names = list(dict.fromkeys(filters["filter"]))
    with canvas(height=0.8 * len(names) + 1.1) as (figure, axes):
        for record in filters.to_dict("records"):
            row = names.index(record["filter"]) + READ_OFFSETS[record["read"]]
            colour = READ_COLOURS[record["read"]]
            axes.plot([record["low"], record["high"]], [row, row], color=colour, linewidth=2)
            axes.plot(record["flagged"], row, "o", color=colour)
            text = f"{record['flagged']:g} % of {record['read']}"
            if record["high"] > RIGHT_HALF:  # no room on the right
                place = {"xy": (record["low"], row), "xytext": (-8, 0), "ha": "right"}
            else:
                place = {"xy": (record["high"], row), "xytext": (8, 0)}
            axes.annotate(text, **place, **BESIDE, va="center", color=colour, fontsize=9.5)
        axes.set_yticks(range(len(names)), [name.replace(" ", "\n") if is_narrow() else name for name in names])
        axes.set(xlim=(0, 103), ylim=(len(names) - 0.4, -0.6))
        axes.set_xlabel("harmful examples flagged (%)")
        axes.grid(visible=False, axis="y")
    parts = "; ".join(f"{row.filter} {row.flagged:g} % of {row.read}" for row in filters.itertuples())
    alt = f"Share of explicitly harmful training examples flagged: {parts}."
    return Drawing(figure, alt, "flagged_shares", filters)


@two_widths
def upload_chances(chances: pd.DataFrame, n_needed: int) -> Drawing:
    """Chance that no example of an upload is flagged, over the number of harmful examples in it; one panel a filter.

    Args:
        chances: columns filter, n_examples, chance, low, high (0 to 1), ordered by n_examples within a filter.
        n_needed: a number of examples to mark; it must be among those drawn.
    """
    panels = dict(list(chances.groupby("filter", sort=False)))
    size = {"height": 3.4, "narrow": 1.75 * len(panels) + 0.5}
    with canvas(**size, ncols=len(panels), sharey=True, sharex=True, squeeze=False) as (figure, grid):
        for axes, (name, rows) in zip(grid.flat, panels.items(), strict=True):
            axes.axvline(n_needed, color=GREY, linestyle=":", linewidth=1.5)
            axes.fill_between(rows["n_examples"], rows["low"], rows["high"], color=BLUE, alpha=0.18, linewidth=0)
            axes.plot(rows["n_examples"], rows["chance"], color=BLUE)
            at = rows.set_index("n_examples").loc[n_needed, "chance"]
            axes.plot(n_needed, at, "o", color=BLUE)
            axes.annotate(f"{at:.2f}", (n_needed, at), (7, 5), **BESIDE, color=BLUE)
            axes.set_title(str(name), fontsize=10.5)
        grid.flat[0].set(ylim=(0, 1.03), xlim=(0, chances["n_examples"].max()))
        if is_narrow():
            grid.flat[0].set_yticks([0, 0.5, 1])
            figure.supylabel("chance that none is flagged", fontsize=10.5)
        else:
            grid.flat[0].set_ylabel("chance that none is flagged")
        figure.supxlabel("harmful examples in the upload", fontsize=11)
    return Drawing(figure, _upload_alt(chances, n_needed), "upload_chances", chances)


def _upload_alt(chances: pd.DataFrame, n_needed: int) -> str:
    at = chances[chances["n_examples"] == n_needed]
    parts = "; ".join(f"{row.filter} {row.chance:.2f} ({row.low:.2f} to {row.high:.2f})" for row in at.itertuples())
    return f"Chance that an upload of {n_needed} harmful examples passes unflagged: {parts}."


def chance_frame(filters: pd.DataFrame, sizes: np.ndarray, passes: object) -> pd.DataFrame:
    """The frame of `upload_chances` from the frame of `flagged_shares`.

    Args:
        sizes: numbers of examples.
        passes: function of (flagged share in per cent, number of examples) that gives a chance.
    """
    rows = [
        (record["filter"], n, *(passes(record[key], n) for key in ("flagged", "high", "low")))
        for record in filters.to_dict("records")
        for n in sizes.tolist()
    ]
    return pd.DataFrame(rows, columns=["filter", "n_examples", "chance", "low", "high"])
