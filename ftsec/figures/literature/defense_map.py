"""The map of defences: at which stage each acts, how much it took away, what it cost, and what an attack left of it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.rows import PAPER, SMALL
from ftsec.figures.base.style import GREEN, GREY, ORANGE, RED, canvas, is_narrow

# what an attack did -> colour, marker, words of the key
OUTCOMES = {
    "undone": (RED, "X", "undone by an attack"),
    "weakened": (ORANGE, "D", "weakened, or failed in another setting"),
    "no attack read": (GREEN, "o", "no attack read"),
}
ROW, NARROW_ROW = 0.29, 0.44  # inches of a line
COSTS_AT = 107  # right of the scale, where costs begin


@two_widths
def defense_map(frame: pd.DataFrame) -> Drawing:
    """One line a defence: the share of unsafe answers it took away, an arrow to what another test left, its cost.

    Hollow marks were not read in the paper itself. Without an arrow an undone or weakened defence was attacked in a
    study that prints no rate to set beside.

    Args:
        frame: ``ftsec.evidence.defenses.defense_map()``.
    """
    lines = list(_lines(frame))
    height, narrow = 1.1 + ROW * len(lines), 1.3 + NARROW_ROW * len(lines)
    with canvas(height=height, narrow=narrow) as (figure, axes):
        for place, (stage, row) in enumerate(lines):
            if row is None:
                axes.text(0 if is_narrow() else 2, place, stage, weight="bold", va="center", ha="left", fontsize=10.5)
            else:
                _mark(axes, row, place)
        _axes(axes, lines)
        entries = [(words, colour, marker) for colour, marker, words in _present(frame)]
        key(figure, entries, 1 if is_narrow() else len(entries))
    return Drawing(figure, _told(frame), "defense_map", frame)


def _lines(frame: pd.DataFrame) -> Iterator[tuple[str, dict | None]]:
    """From top to bottom: a heading for each stage (no row), then its defences."""
    for stage, rows in frame.groupby("stage", sort=False):
        yield f"at {stage}" if stage in ("alignment", "pre-training") else stage, None
        yield from ((stage, row) for row in rows.to_dict("records"))


def _mark(axes: Axes, row: dict, place: int) -> None:
    colour, marker, _ = OUTCOMES[row["broken"]]
    if row["broken_to"] == row["broken_to"]:
        arrow = {"arrowstyle": "->", "color": colour, "lw": 1.4, "shrinkA": 5, "shrinkB": 0}
        axes.annotate("", (row["broken_to"], place), (row["kept_off"], place), arrowprops=arrow)
    face = "white" if row["weak"] else colour
    axes.plot(row["kept_off"], place, marker, color=colour, markerfacecolor=face, markersize=7, clip_on=False)
    if is_narrow():
        words = f"{row['defense']}: {row['cost']}" if row["cost"] else row["defense"]
        name = axes.text(0, place - 0.42, words, va="center", fontsize=SMALL - 0.7, bbox=PAPER, zorder=0.9)
        name.set_in_layout(False)  # a name runs beyond the last mark; it takes no room from the axis
    elif row["cost"]:
        axes.text(COSTS_AT, place, row["cost"], va="center", fontsize=SMALL - 0.5, color="#444444", clip_on=False)


def _axes(axes: Axes, lines: list[tuple[str, dict | None]]) -> None:
    axes.set(xlim=(-2, 102), ylim=(len(lines) - 0.4, -0.8))
    axes.set_xlabel("unsafe answers taken away (%)")
    axes.grid(visible=False, axis="y")
    if is_narrow():
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        return
    axes.set_yticks(range(len(lines)), [row["defense"] if row else "" for _, row in lines], fontsize=SMALL)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=GREY, lw=0.8)


def _present(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    return [OUTCOMES[outcome] for outcome in OUTCOMES if (frame["broken"] == outcome).any()]


def _told(frame: pd.DataFrame) -> str:
    parts = []
    for stage, rows in frame.groupby("stage", sort=False):
        told = [f"{row.defense} {row.kept_off:.0f}{_left(row)} ({row.broken})" for row in rows.itertuples()]
        parts.append(f"{stage}: " + ", ".join(told))
    told = "Unsafe answers that each defence took away, in per cent, and what was left of that in another test. "
    return f"{told}{'; '.join(parts)}."


def _left(row: tuple) -> str:
    return f", {row.broken_to:.0f} left" if row.broken_to == row.broken_to else ""
