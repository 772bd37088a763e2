"""Figure of the testbed: success of a trigger over the number of poisoned documents."""

from __future__ import annotations

import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, label_ends
from ftsec.figures.base.style import BLUE, GREEN, ORANGE, RED, canvas


@two_widths
def poison_figure(cells: pd.DataFrame, ratio: dict[str, str]) -> Drawing:
    """Success of the trigger over the number of poisoned documents, a line for each size of corpus.

    Args:
        cells: columns trigger (rare, in_use), n_documents, n_poison, value, low, high.
        ratio: for each trigger the estimate of b / a as text.
    """
    titles = {"rare": "Trigger not in clean text", "in_use": "Trigger in clean text too"}
    with canvas(height=6.4, nrows=2, sharex=True) as (figure, axes):
        colours = dict(zip(sorted(cells["n_documents"].unique()), (BLUE, GREEN, ORANGE, RED), strict=True))
        for one, (trigger, title) in zip(axes, titles.items(), strict=True):
            _poisoned(one, cells[cells["trigger"] == trigger], colours)
            one.set_title(f"{title}: b/a = {ratio[trigger]}", fontsize=11)
        axes[1].set_xlabel("poisoned documents; lines: documents in the corpus")
    rare = cells[cells["trigger"] == "rare"].set_index(["n_documents", "n_poison"])["value"]
    small, large = cells["n_documents"].min(), cells["n_documents"].max()
    few, many = cells["n_poison"].unique()[0], cells["n_poison"].max()
    alt = (
        f"Probability of the payload under a trigger against the number of poisoned documents. With a rare trigger and "
        f"{many} documents it is {rare[small, many]:.2f} in a corpus of {small} and {rare[large, many]:.2f} in one of "
        f"{large}; with {few} it is at most {rare.xs(few, level=1).max():.2f}."
    )
    return Drawing(figure, alt, "poison_count_or_fraction", cells)


def _poisoned(axes: object, cells: pd.DataFrame, colours: dict[int, str]) -> None:
    ends, last = [], cells["n_poison"].max()
    for size, line in cells.groupby("n_documents"):
        band(axes, line, "n_poison", colours[size])
        ends.append((line["value"].iloc[-1], f"{size:,}", colours[size]))
    axes.set(ylim=(-0.03, 1.03), ylabel="success", xticks=sorted(cells["n_poison"].unique()))
    label_ends(axes, last, ends, 0.09)
