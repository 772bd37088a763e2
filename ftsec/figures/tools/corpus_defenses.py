"""Figures of chapter 04: how much is repeated, what deduplication finds, what canaries show."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.intervals import with_wilson
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, canvas, is_narrow


@two_widths
def near_duplicate_shares(shares: pd.DataFrame) -> Drawing:
    """Published shares of near-duplicates, one bar a data set.

    Args:
        shares: columns ``corpus``, ``share`` (%).
    """
    shown = shares.sort_values("share")
    with canvas(height=2.6) as (figure, axes):
        axes.barh(shown["corpus"], shown["share"], color=BLUE, height=0.6)
        for place, share in enumerate(shown["share"]):
            axes.annotate(f"{share:g} %", (share, place), (5, 0), textcoords="offset points", va="center")
        axes.set_xlabel("documents that nearly repeat another (%)")
        axes.set_xlim(0, shown["share"].max() * 1.15)
        axes.grid(axis="y", visible=False)
    most, least = shown.iloc[-1], shown.iloc[0]
    alt = (
        f"Bars: {most.share:g} % of {most.corpus} nearly repeat another document, {least.share:g} % of {least.corpus}; "
        f"{len(shown) - 2} other data sets lie between."
    )
    return Drawing(figure, alt, "near_duplicate_shares", shown.reset_index(drop=True))


@two_widths
def recall_by_edit(found: pd.DataFrame, threshold: float) -> Drawing:
    """Recall of each kind of duplicate with its 95 % interval.

    Args:
        found: columns ``edit``, ``k`` (removed), ``n`` (present), in the order of drawing from top to bottom.
        threshold: Jaccard similarity that was used, for the axis.
    """
    rows = with_wilson(found.assign(recall=100 * found["k"] / found["n"]), "recall", "n")
    places = np.arange(len(rows))[::-1]
    with canvas(height=0.75 + 0.36 * len(rows), narrow=1.0 + 0.4 * len(rows)) as (figure, axes):
        axes.hlines(places, rows["low"], rows["high"], color=GREY)
        axes.plot(rows["recall"], places, "o", color=BLUE, clip_on=False, zorder=3)
        axes.set_yticks(places, [f"{row.edit} ({row.k} of {row.n})" for row in rows.itertuples()])
        axes.set_xlim(0, 100)
        parts = f"removed at similarity {threshold:g} (%)", "with 95 % interval"
        axes.set_xlabel((",\n" if is_narrow() else ", ").join(parts))
        axes.grid(axis="y", visible=False)
    whole = int((rows["k"] == rows["n"]).sum())
    least = rows.loc[rows["recall"].idxmin()]
    alt = (
        f"Dots with intervals: of {len(rows)} kinds of repetition, {whole} are removed without exception; least often "
        f"found is '{least.edit}' with {least.k} of {least.n}."
    )
    return Drawing(figure, alt, "recall_by_edit", rows)


@two_widths
def threshold_sweep(sweep: pd.DataFrame) -> Drawing:
    """Recall and precision against the similarity threshold.

    Args:
        sweep: columns ``threshold``, ``removed_right``, ``removed``, ``to_remove``.
    """
    lines = {"recall": ("to_remove", BLUE), "precision": ("removed", ORANGE)}
    frame = sweep.sort_values("threshold")
    with canvas(height=3.2) as (figure, axes):
        for name, (of, colour) in lines.items():
            frame = frame.assign(**{name: 100 * frame["removed_right"] / frame[of]})
            band = with_wilson(frame, name, of)
            axes.fill_between(band["threshold"], band["low"], band["high"], alpha=0.15, color=colour, linewidth=0)
            axes.plot(band["threshold"], band[name], "o-", color=colour)
            axes.annotate(name, (band["threshold"].iloc[-1], band[name].iloc[-1]), (8, 0), textcoords="offset points",
                          va="center", color=colour)  # fmt: skip
        axes.margins(x=0.02)
        axes.set_xlim(right=frame["threshold"].max() + 0.09)
        axes.set_xlabel("Jaccard similarity from which a document is removed")
        axes.set_ylabel("%, with 95 % interval")
    first, last = frame.iloc[0], frame.iloc[-1]
    alt = (
        f"Two lines: from similarity {first.threshold:g} to {last.threshold:g}, recall goes from {first.recall:.0f} % "
        f"to {last.recall:.0f} % and precision from {first.precision:.0f} % to {last.precision:.0f} %."
    )
    return Drawing(figure, alt, "threshold_sweep", frame)


@two_widths
def canary_exposure(scores: pd.DataFrame, largest: float) -> Drawing:
    """Exposure of each canary against its number of copies, before and after deduplication; a panel a placement.

    Args:
        scores: columns ``placement``, ``copies`` (0: never inserted), ``before``, ``after`` (bits).
        largest: the most that the number of candidates can show (bits).
    """
    placements = [name for name in scores["placement"].unique() if name != "never inserted"]
    controls = scores[scores["placement"] == "never inserted"]
    with canvas(height=3.4, narrow=5.8, ncols=len(placements), sharey=True) as (figure, axes):
        for panel, name in zip(axes, placements, strict=True):
            rows = scores[scores["placement"] == name].sort_values("copies")
            panel.axhspan(0, controls["before"].max(), color=GREY, alpha=0.15, linewidth=0)
            panel.axhline(largest, color=GREY, linestyle=":")
            panel.plot(rows["copies"], rows["before"], "o-", color=ORANGE)
            panel.plot(rows["copies"], rows["after"], "s--", color=GREEN)
            panel.set_xscale("log", base=2)
            panel.set_xticks(rows["copies"], [str(copies) for copies in rows["copies"]])
            panel.set_title(name)
            panel.set_xlabel("copies in the corpus")
        for panel in axes if is_narrow() else axes[:1]:
            panel.set_ylabel("exposure (bits)")
        axes[0].set_ylim(0, largest * 1.12)
        _label_lines(axes[-1], rows, controls["before"].max())
    ends = scores[scores["copies"] == scores["copies"].max()]
    said = "; ".join(f"{row.placement}: {row.before:.1f} before, {row.after:.1f} after" for row in ends.itertuples())
    alt = (
        f"Exposure in bits rises with the number of copies. At {ends['copies'].iloc[0]} copies, {said} deduplication. "
        f"Canaries that were never inserted reach at most {controls['before'].max():.1f} of {largest:.0f} bits."
    )
    return Drawing(figure, alt, "canary_exposure", scores)


def _label_lines(panel, rows: pd.DataFrame, control: float) -> None:
    middle = rows.iloc[-2]
    panel.annotate("before", (middle.copies, middle.before), (0, -16), textcoords="offset points", color=ORANGE,
                   ha="center")  # fmt: skip
    panel.annotate("after deduplication", (rows["copies"].max(), middle.after), (0, 9), textcoords="offset points",
                   color=GREEN, ha="right")  # fmt: skip
    panel.annotate("never inserted", (rows["copies"].max(), control), (0, -14), textcoords="offset points",
                   color=GREY, ha="right")  # fmt: skip
