"""What attacks and defenses changed: every published before and after in one plot."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.base.words import in_words, one_spelling
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.narrow import even
from ftsec.figures.base.rows import PAPER
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, canvas, is_narrow

GROUPS = {  # heading -> colour; an attack's rows without a defense, then all defenses
    "harmful": ("Harmful data", RED),
    "identity_shifting": ("Identity shifting", PURPLE),
    "benign": ("Benign data", ORANGE),
    "benign_crafted": ("Harmless data made for the purpose", ORANGE),
    "backdoor": ("Backdoor", BLUE),
    "other": ("Other data, asked with jailbreaks", GREY),
    "defense": ("Defences, against the attacked model", GREEN),
}
ROW = 0.27  # inches a line takes
BESIDE = 40  # characters of a name left of the marks; a longer one takes more lines
HALF = 24  # characters in half the width of a phone
TEXT_LINE = 0.56  # rows that a line of a name takes


@two_widths
def forest(effects: pd.DataFrame) -> Drawing:
    """Risk differences with their intervals, one line a model, method and kind of data; several doses share a line.

    Open marks have no interval, because the source gives no number of prompts.

    Args:
        effects: ``ftsec.evidence.effect_sizes()``.
    """
    frame = effects.assign(group=_group(effects), line=_line(effects))
    frame = frame[frame["group"].isin(GROUPS)]
    lines = _lines(frame)
    places = _places(lines)
    with canvas(height=1.2 + ROW * (places[-1] + 1)) as (figure, axes):
        for place, (group, line) in zip(places, lines, strict=True):
            if line is None:
                axes.text(-98, place, GROUPS[group][0], color=GROUPS[group][1], weight="bold", va="center")
            else:
                rows = frame[(frame["group"] == group) & (frame["line"] == line)]
                _marks(axes, rows, place, GROUPS[group][1])
        _zero(axes, places, lines)
        _name_inside(axes, places, lines, frame) if is_narrow() else _name_outside(axes, places, lines)
        below = 0.3 + TEXT_LINE * len(_name(lines[-1][1]).splitlines()) / 2  # the last name keeps clear of the axis
        axes.set(ylim=(places[-1] + below, -0.8), xlim=(-100, 104))
        axes.set_xlabel("change in unsafe answers, percentage points", loc="right")
        axes.grid(axis="y", visible=False)
    return Drawing(figure, _told(frame), "forest", frame)


def _places(lines: list[tuple[str, str | None]]) -> list[float]:
    """Where lines stand; a name of several lines takes more room."""
    heights = [max(1.0, TEXT_LINE * len(_name(line).splitlines()) + 0.25) for _, line in lines]
    return [float(sum(heights[:i]) + (height - 1) / 2) for i, height in enumerate(heights)]


def _name(line: str | None) -> str:
    """The name in lines that fit beside the marks, or into half of a phone."""
    return even(line, HALF if is_narrow() else BESIDE) if line else ""


def _zero(axes: Axes, places: list[float], lines: list[tuple[str, str | None]]) -> None:
    """The line of no change beside the marks of every group; it does not run through the headings."""
    for group in dict.fromkeys(group for group, _ in lines):
        some = [place for place, (name, line) in zip(places, lines, strict=True) if name == group and line]
        axes.plot([0, 0], [some[0] - 0.5, some[-1] + 0.5], color=GREY, lw=1)


def _name_outside(axes: Axes, places: list[float], lines: list[tuple[str, str | None]]) -> None:
    axes.set_yticks(places, [_name(line) for _, line in lines], size=9)
    axes.tick_params(axis="y", length=0)


def _name_inside(axes: Axes, places: list[float], lines: list[tuple[str, str | None]], frame: pd.DataFrame) -> None:
    """On the side of zero where the line's marks are not: attacks raise the rate, most defenses lower it."""
    ends = frame.assign(
        low=frame["rd_low"].fillna(frame["risk_difference"]), high=frame["rd_high"].fillna(frame["risk_difference"])
    )
    reach = ends.groupby(["group", "line"]).agg(low=("low", "min"), high=("high", "max"))
    for place, (group, line) in zip(places, lines, strict=True):
        left = bool(line) and -reach.low[group, line] > reach.high[group, line]
        x = max(4, reach.high[group, line] + 2) if left else -98
        axes.text(x, place, _name(line), size=9, va="center", bbox=PAPER, zorder=0.9)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _group(effects: pd.DataFrame) -> pd.Series:
    return effects["attack"].where(effects["defense"] == "", "defense")


def _line(effects: pd.DataFrame) -> pd.Series:
    model = effects["model"].replace("", "model not named").str.replace(" 0613", "").map(one_spelling)
    against = effects["attack"].replace(
        {"identity_shifting": "identity", "benign_crafted": "crafted", "other": "mixed"}
    )
    defence = effects["defense"].map(in_words) + " / " + against
    return (
        model
        + ", "
        + effects["method"].replace("", "method not named").map(in_words).where(effects["defense"] == "", defence)
    )


def _lines(frame: pd.DataFrame) -> list[tuple[str, str | None]]:
    """Headings (None) and lines from top to bottom."""
    found = []
    for group in GROUPS:
        lines = list(dict.fromkeys(frame[frame["group"] == group]["line"]))
        found += [(group, None), *((group, line) for line in lines)] if lines else []
    return found


def _marks(axes: Axes, rows: pd.DataFrame, place: int, colour: str) -> None:
    offsets = np.linspace(-0.26, 0.26, len(rows)) if len(rows) > 1 else [0.0]
    for offset, row in zip(offsets, rows.itertuples(), strict=True):
        known = not np.isnan(row.rd_low)
        if known:
            axes.plot([row.rd_low, row.rd_high], [place + offset] * 2, color=colour, lw=1.3)
        mark = {"color": colour, "mfc": colour if known else "white", "ms": 4}
        axes.plot(row.risk_difference, place + offset, "o", **mark)


def _told(frame: pd.DataFrame) -> str:
    parts = []
    for group, (heading, _) in GROUPS.items():
        change = frame[frame["group"] == group]["risk_difference"]
        if len(change):
            name = heading.split(",")[0].lower()
            parts.append(f"{name} {change.min():+.0f} to {change.max():+.0f} ({len(change)})")
    return "Change of the rate of unsafe answers in percentage points (number of figures): " + "; ".join(parts) + "."
