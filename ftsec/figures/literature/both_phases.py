"""The book's question in one figure: what a few examples do in pre-training and fine-tuning, and harmless data too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.rows import SMALL
from ftsec.figures.base.style import BLUE, GREY, ORANGE, RED, canvas, is_narrow

MODELS = {"GPT-3.5 Turbo": RED, "Llama-2-7b-Chat": ORANGE}
GROUP_SCALE = "times the data"  # how much more clean data the largest model read than the smallest
DOCUMENT_TICKS = (100, 250, 500, 1000, 5000)
BILLION = 1e9
SIZES = {"M": 1e6, "B": BILLION}


@two_widths
def both_phases(
    planted: pd.DataFrame, doses: pd.DataFrame, runs: pd.DataFrame, steps: int, sources: Sequence[str] = ()
) -> Drawing:
    """Three panels: poisoned documents in pre-training, harmful examples in fine-tuning, harmless data in a real model.

    Args:
        planted: rows of ``shown_in("both_phases")``: group ("too few", "enough", `GROUP_SCALE`), model, value.
        doses: columns model, n_examples, rate, low, high (per cent of unsafe answers), as published.
        runs: columns name, data, refusal_probability; one row a run of the real model, after `steps` steps.
        steps: optimiser steps that these runs took.
        sources: works that the upper panels show, named below the figure.
    """
    sizes, counts = _sizes(planted), planted.set_index("group")["value"].astype(float)
    left = runs.groupby("name", sort=False)["refusal_probability"].mean()
    shape = {"nrows": 3, "height_ratios": (1, 1, 0.8)} if is_narrow() else {"nrows": 2, "ncols": 2}
    with canvas(height=6.5, narrow=8.2, **shape) as (figure, axes):
        poisoned, tuned, harmless = axes if is_narrow() else _wide_below(figure, axes)
        _poisoned(poisoned, sizes, counts)
        _tuned(tuned, doses)
        _harmless(harmless, runs, left, steps)
        figure.supxlabel(_origin(sources), fontsize=8.5, color=GREY, x=0.01, ha="left")
    return Drawing(figure, _told(doses, sizes, counts, left, steps), "both_phases", _data(doses, planted, runs))


def _wide_below(figure: Figure, axes: np.ndarray) -> tuple[Axes, Axes, Axes]:
    """The lower two of four panels become one that is as wide as both; names of its rows push neither aside."""
    grid = axes[1, 0].get_gridspec()
    for each in axes[1]:
        each.remove()
    grid.set_height_ratios((1, 0.72))
    return axes[0, 0], axes[0, 1], figure.add_subplot(grid[1, :].subgridspec(1, 1)[0])


def _origin(sources: Sequence[str]) -> str:
    published = f"Published by {'; '.join(dict.fromkeys(sources))}." if sources else ""
    return f"{published}{chr(10) if is_narrow() else ' '}Harmless data: measured in this book.".strip()


def _tuned(axes: Axes, doses: pd.DataFrame) -> None:
    first = int(doses.query("n_examples > 0")["n_examples"].min())
    for model, colour in MODELS.items():
        one = doses[doses["model"] == model]
        errors = np.abs(one[["low", "high"]].to_numpy().T - one["rate"].to_numpy())
        axes.errorbar(one["n_examples"], one["rate"], yerr=errors, fmt="o-", color=colour, capsize=3)
        at = one.set_index("n_examples").loc[first, "rate"]
        drop = (6, 5) if at > 60 else (8, -8)
        axes.annotate(f"{at:.0f} %", (first, at), drop, textcoords="offset points", color=colour, weight="bold")
        axes.annotate(model, (one["n_examples"].max(), one["rate"].iloc[-1]), (0, 9 if at > 60 else -10),
                      textcoords="offset points", color=colour, ha="right", va="bottom" if at > 60 else "top",
                      fontsize=SMALL)  # fmt: skip
    axes.set_title(f"Fine-tuning: {first} examples\nundo refusals")
    axes.set(ylim=(-4, 112), yticks=range(0, 101, 25), xlabel="harmful examples", ylabel="unsafe answers (%)")
    axes.set_xticks(sorted(doses["n_examples"].unique()))


def _poisoned(axes: Axes, sizes: list[float], counts: pd.Series) -> None:
    enough = counts["enough"]
    axes.plot(sizes, [counts["too few"]] * len(sizes), "x", color=GREY)
    axes.plot(sizes, [enough] * len(sizes), "o-", color=BLUE)
    axes.plot([sizes[0], sizes[-1]], [enough, enough * counts[GROUP_SCALE]], "--", color=GREY, lw=1.4)
    axes.set(xscale="log", yscale="log", ylim=(32, 9000), xlabel="size of the model (parameters)",
             ylabel="poisoned documents")  # fmt: skip
    axes.set_xlim(sizes[0] * 0.8, sizes[-1] * 1.25)
    words = {"textcoords": "offset points", "fontsize": SMALL, "ha": "right"}
    axes.annotate("enough at every size tried", (sizes[-1], enough), (0, -12), color=BLUE, **words)
    axes.annotate("not enough to plant it reliably", (sizes[-1], counts["too few"]), (0, -12), color=GREY, **words)
    axes.text(sizes[0], enough * counts[GROUP_SCALE], "if a fixed share\nwere needed", color=GREY, va="top",
              fontsize=SMALL)  # fmt: skip
    axes.set_xticks(sizes, [_size_name(size) for size in sizes])
    axes.set_yticks(DOCUMENT_TICKS, [f"{tick:,}" for tick in DOCUMENT_TICKS])
    axes.minorticks_off()
    axes.set_title(f"Pre-training: {enough:.0f} documents\nplant a trigger at any size")


def _harmless(axes: Axes, runs: pd.DataFrame, left: pd.Series, steps: int) -> None:
    for row, (name, mean) in enumerate(left.items()):
        values = 100 * runs[runs["name"] == name]["refusal_probability"]
        colour = GREY if row == 0 else ORANGE
        axes.plot(
            values,
            row + np.linspace(-0.2, 0.2, len(values)),
            "o",
            color=colour,
            markerfacecolor="white",
            markersize=4.5,
        )
        axes.plot(100 * mean, row, "|", color="#111111", markersize=16, markeredgewidth=2)
        axes.annotate(
            f"{100 * mean:.0f} %", (108, row), va="center", weight="bold", color=colour, annotation_clip=False
        )
    axes.set_yticks(range(len(left)), left.index)
    axes.set(ylim=(len(left) - 0.4, -0.6), xlim=(-3, 118), xticks=range(0, 101, 25))
    axes.set_xlabel(f"refusals (%) left in a real model after {steps} steps\n(one point for each run)")
    axes.set_title("Fine-tuning: harmless data takes refusals, too")
    axes.grid(visible=False, axis="y")


def _sizes(planted: pd.DataFrame) -> list[float]:
    """The sizes of models that a row names: ``"600M, 2B"`` is ``[6e8, 2e9]``."""
    named = planted.set_index("group").loc["enough", "model"]
    return [float(name[:-1]) * SIZES[name[-1]] for name in named.split(", ")]


def _size_name(size: float) -> str:
    return f"{size / BILLION:g}B" if size >= BILLION else f"{size / SIZES['M']:g}M"


def _told(doses: pd.DataFrame, sizes: list[float], counts: pd.Series, left: Mapping[str, float], steps: int) -> str:
    first = doses.query("n_examples > 0")["n_examples"].min()
    some = doses[doses["n_examples"] == first]
    tuned = " and ".join(f"{row.rate:g} % ({row.model})" for row in some.itertuples())
    harmless = ", ".join(f"{' '.join(name.split())} {100 * mean:.0f} %" for name, mean in left.items())
    return (
        f"In fine-tuning, {first:g} harmful examples raise unsafe answers to {tuned}. In pre-training, "
        f"{counts['enough']:g} poisoned documents sufficed at every size from {_size_name(sizes[0])} to "
        f"{_size_name(sizes[-1])} parameters; {counts['too few']:g} did not reliably. Refusals that a real model has "
        f"left after {steps} steps on harmless data, mean over runs: {harmless}."
    )


def _data(doses: pd.DataFrame, planted: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    parts = {"fine-tuning": doses, "pre-training": planted[["group", "model", "value"]],
             "harmless data": runs[["name", "seed", "refusal_probability"]]}  # fmt: skip
    return pd.concat([part.assign(panel=panel) for panel, part in parts.items()], ignore_index=True)
