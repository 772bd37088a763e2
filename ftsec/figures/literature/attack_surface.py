"""Figures on the attack surface: levels by phase, amounts of data, and how far the levels decide a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.base.words import one_spelling
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import BLUE, GREY, ORANGE, canvas, is_narrow

SMALLEST = 9.0  # points
WIDEST = 11  # letters of a word that a cell has room for on a phone
SHADES = "Oranges"
TEXT_TURNS_WHITE = 0.62  # of the way from the lightest to the darkest shade


@two_widths
def phase_heat_map(levels: pd.DataFrame, ranks: pd.DataFrame, n_ranks: int) -> Drawing:
    """Levels by phase and risk, darker where worse; the printed word stands in every cell.

    Args:
        levels: the words; one row a phase (index), one column a risk.
        ranks: of the same shape, 0 for the best level up to ``n_ranks - 1`` for the worst, NaN for no level.
        n_ranks: number of levels.
    """
    with canvas(height=4.1, width=6.4) as (figure, axes):
        shades = ranks / max(n_ranks - 1, 1) * 0.8
        colours = mpl.colormaps[SHADES].with_extremes(bad="#EEEEEE")
        axes.imshow(np.ma.masked_invalid(shades.to_numpy(float)), cmap=colours, vmin=0, vmax=1, aspect="auto")
        _frame_cells(axes, levels)
        for (row, column), word in np.ndenumerate(levels.to_numpy()):
            dark = shades.iat[row, column] > TEXT_TURNS_WHITE
            text = fill(word, 8) if is_narrow() else word
            axes.text(column, row, text, ha="center", va="center", color="white" if dark else "black", **_small())
    return Drawing(figure, _heat_map_alt(levels, ranks), "phase_heat_map", _long(levels, ranks))


def _frame_cells(axes: Axes, levels: pd.DataFrame) -> None:
    axes.set_xticks(range(levels.shape[1]), [_header(name) for name in levels.columns], **_small())
    axes.set_yticks(range(levels.shape[0]), [_wrapped(name, 14) for name in levels.index])
    axes.set_xticks(np.arange(levels.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(levels.shape[0] + 1) - 0.5, minor=True)
    axes.grid(visible=False, which="major")
    axes.grid(which="minor", color="white", linewidth=3)
    axes.tick_params(which="both", length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)


def _small() -> dict[str, float]:
    """In the cells of a phone's table letters are as small as they may be."""
    return {"fontsize": SMALLEST} if is_narrow() else {}


def _header(name: object) -> str:
    """A column's name in lines; on a phone a word that is wider than a cell stands in halves."""
    if is_narrow():
        parts = ((word[: len(word) // 2], word[len(word) // 2 :]) for word in str(name).split())
        return "\n".join("-\n".join(part) if len("".join(part)) > WIDEST else "".join(part) for part in parts)
    return _wrapped(name, 11)


def _wrapped(name: object, width: int) -> str:
    return fill(str(name), width, break_long_words=False, break_on_hyphens=False)


def _long(levels: pd.DataFrame, ranks: pd.DataFrame) -> pd.DataFrame:
    words = levels.rename_axis("phase").reset_index().melt("phase", var_name="risk", value_name="level")
    numbers = ranks.rename_axis("phase").reset_index().melt("phase", var_name="risk", value_name="rank")
    return words.assign(rank=numbers["rank"])


def _heat_map_alt(levels: pd.DataFrame, ranks: pd.DataFrame) -> str:
    worst = ranks.mean(axis=1).idxmax()
    rows = "; ".join(f"{row[0]}: {', '.join(map(str, row[1:]))}" for row in levels.itertuples())
    return (
        f"Table of levels, shaded by how bad they are. Columns: {', '.join(map(str, levels.columns))}. {rows}. "
        f"The darkest row is {worst}."
    )


@two_widths
def published_scales(printed: pd.DataFrame, published: pd.DataFrame) -> Drawing:
    """Printed ranges of data amounts as bars and published amounts as dots, one row a phase, on a logarithmic axis.

    Args:
        printed: columns phase, low, high, unit.
        published: columns phase, amount, source; any number of rows a phase.
    """
    rows = {phase: row for row, phase in enumerate(printed["phase"])}
    dots = published.assign(row=published["phase"].map(rows)).sort_values(["row", "amount"])
    with canvas(height=0.95 * len(rows) + 0.6) as (figure, axes):
        axes.set_xscale("log")
        axes.use_sticky_edges = False  # the leftmost bar keeps its distance from the axis
        for row, (low, high) in enumerate(printed[["low", "high"]].to_numpy()):
            axes.barh(row, high - low, left=low, height=0.16, color=(ORANGE, 0.4), edgecolor=ORANGE)
        axes.plot(dots["amount"], dots["row"], "o", color=BLUE)
        axes.set(ylim=(len(rows) - 0.4, -0.6), xlabel="tokens, examples, comparisons or pairs")
        names = printed["phase"] + " (" + printed["unit"] + ")"
        axes.set_yticks(range(len(rows)), [_wrapped(name, 14) for name in names])
        axes.set_title("Bars: the article. Dots: published.")
        axes.margins(x=0.06)
        _label_extremes(axes, dots)
    return Drawing(figure, _scales_alt(printed, dots), "published_scales", dots.drop(columns="row"))


def _label_extremes(axes: Axes, dots: pd.DataFrame) -> None:
    """Label the largest dot of a row above it and the smallest below it, towards the middle of the axes."""
    low, high = np.log(axes.get_xlim())
    for _, row in dots.groupby("row"):
        above, below = {"xytext": (0, 8), "va": "bottom"}, {"xytext": (0, -8), "va": "top"}
        for place, side in ((len(row) - 1, above), (0, below))[: len(row)]:
            dot = row.iloc[place]
            text = f"{one_spelling(dot['source'])}: {_compact(dot['amount'])}"
            share = (np.log(dot["amount"]) - low) / (high - low)
            aligned = "left" if share < 0.3 else "right" if share > 0.7 else "center"
            style = {"textcoords": "offset points", "fontsize": 9.5, "color": BLUE, "ha": aligned}
            axes.annotate(text, (dot["amount"], dot["row"]), **side, **style)


def _compact(amount: float) -> str:
    for size, letter in ((1e12, "T"), (1e6, "M"), (1e3, "k")):
        if amount >= size:
            return f"{amount / size:.3g}{letter}"
    return f"{amount:g}"


def _scales_alt(printed: pd.DataFrame, dots: pd.DataFrame) -> str:
    parts = []
    for row in printed.itertuples():
        amounts = dots.loc[dots["phase"] == row.phase, "amount"]
        outside = ((amounts < row.low) | (amounts > row.high)).sum()
        parts.append(f"{row.phase}: {outside} of {len(amounts)} published amounts lie outside the printed range")
    return "Printed ranges of data amounts against published ones, by phase. " + "; ".join(parts) + "."


@two_widths
def rank_shares(shares: pd.DataFrame) -> Drawing:
    """How often each phase takes each place when the words are turned into numbers in many ways.

    Args:
        shares: index phase; columns places 1, 2, …; each row sums to 1.
    """
    order: Sequence[str] = shares.mul(shares.columns.to_numpy(float)).sum(axis=1).sort_values().index.tolist()
    table = shares.loc[order]
    with canvas(height=3.6) as (figure, axes):
        image = table.to_numpy(float)
        axes.imshow(image * 0.8, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        _frame_cells(axes, table.rename(columns=lambda place: f"place {place}"))
        for (row, column), share in np.ndenumerate(image):
            colour = "white" if share * 0.8 > TEXT_TURNS_WHITE else "black" if share else GREY
            axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=colour)
    best = "; ".join(f"{phase} most often place {row.idxmax()} ({row.max():.0%})" for phase, row in table.iterrows())
    data = table.rename_axis("phase").reset_index().melt("phase", var_name="place", value_name="share")
    return Drawing(figure, f"How often each phase takes each place among random codings: {best}.", "rank_shares", data)
