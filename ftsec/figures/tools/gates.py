"""Figures of chapter 06: printed against corrected verdicts, what filters and benchmarks miss, chance to pass."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.intervals import with_wilson
from ftsec.figures.base.style import BLUE, GREEN, ORANGE, PURPLE, RED, YELLOW, canvas, is_narrow

VERDICTS = {"pass": GREEN, "warn": YELLOW, "block": RED}


@two_widths
def gate_verdicts(table: pd.DataFrame) -> Drawing:
    """A grid: gates down, evaluations across, each cell coloured and labelled with its verdict.

    Args:
        table: index gates, columns evaluations (two lines each, parted by a line end), cells ``pass``, ``warn`` or
            ``block``; columns come in pairs printed, corrected.
    """
    with canvas(height=0.9 + 0.4 * len(table)) as (figure, axes):
        for row, (_, cells) in enumerate(table.iterrows()):
            for column, verdict in enumerate(cells):
                axes.barh(row, 0.94, left=column + 0.03, height=0.86, color=VERDICTS[verdict])
                axes.text(column + 0.5, row, verdict, ha="center", va="center", color="white", fontweight="bold")
        axes.set_yticks(range(len(table)), [_broken(name, "_") for name in table.index])
        axes.set_xticks(np.arange(table.shape[1]) + 0.5, [_broken(name, " ") for name in table.columns])
        if is_narrow():  # heads of neighbouring columns keep a gap
            axes.tick_params(axis="x", labelsize=8.5)
        axes.xaxis.tick_top()
        axes.invert_yaxis()
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
    pairs = [(table.columns[i], table.columns[i + 1]) for i in range(0, table.shape[1], 2)]
    changed = {name for name, cells in table.iterrows() if any(cells[a] != cells[b] for a, b in pairs)}
    alt = (
        f"Grid of verdicts of {len(table)} gates: printed and corrected code differ in {len(changed)}"
        f"{' (' + ', '.join(sorted(changed)) + ')' if changed else ''}, and agree in the others."
    )
    return Drawing(figure, alt, "gate_verdicts", table.reset_index())


def _broken(name: str, after: str) -> str:
    """On a phone a name goes on in a new line after the last of such letters; the one of a run keeps its lines too."""
    return f"{after.strip()}\n".join(name.rsplit(after, 1)) if is_narrow() else name


@two_widths
def flagged_shares(rows: pd.DataFrame) -> Drawing:
    """Share of harmful data that a moderation tool flags, with its 95 % interval.

    Args:
        rows: columns ``tool``, ``what`` (``instructions``, ``answers`` or ``examples``), ``share`` (%), ``n`` examples.
    """
    colours = {"instructions": BLUE, "answers": ORANGE, "examples": GREEN}
    shown = with_wilson(
        rows.sort_values("what", key=lambda what: what.map(list(colours).index), kind="stable"), "share", "n"
    )
    places = np.arange(len(shown))[::-1]
    with canvas(height=0.8 + 0.36 * len(shown), narrow=0.9 + 0.4 * len(shown)) as (figure, axes):
        paint = shown["what"].map(colours)
        axes.hlines(places, shown["low"], shown["high"], color=paint)
        axes.scatter(shown["share"], places, color=paint, zorder=3, clip_on=False)
        axes.set_yticks(places, [_broken(f"{row.tool}, {row.what}", " ") for row in shown.itertuples()])
        for label, colour in zip(axes.get_yticklabels(), paint, strict=True):
            label.set_color(colour)
        axes.set_xlim(0, 100)
        axes.set_xlabel("flagged (%) of harmful data, with 95 % interval")
        axes.grid(axis="y", visible=False)
    tools = shown[shown["what"] != "examples"]
    best = tools.loc[tools["share"].idxmax()]
    judges = "".join(f" {row.tool}, asked about each example: {row.share:g} %." for row in shown.itertuples()
                     if row.what == "examples")  # fmt: skip
    alt = (
        f"Dots for {tools['tool'].nunique()} moderation tools on data that is all harmful: the most that any flags is "
        f"{best.share:g} % ({best.tool}, {best.what}); the least is {tools['share'].min():g} %.{judges}"
    )
    return Drawing(figure, alt, "flagged_shares", shown)


@two_widths
def plain_and_triggered(rows: pd.DataFrame) -> Drawing:
    """What a benchmark sees of a backdoored model, and what the trigger brings out.

    Args:
        rows: columns ``model``, ``plain``, ``triggered`` (%), ``n`` prompts (NaN: not published, then no interval).
    """
    places = np.arange(len(rows))[::-1]
    with canvas(height=1.2 + 0.55 * len(rows)) as (figure, axes):
        for column, colour, name in (("plain", BLUE, "plain prompts"), ("triggered", RED, "with the trigger")):
            shown = with_wilson(rows, column, "n")
            axes.hlines(places, shown["low"], shown["high"], color=colour, linewidth=5, alpha=0.35)
            axes.plot(shown[column], places, "o", color=colour)
            for value, place in zip(shown[column], places, strict=True):
                axes.annotate(f"{value:g}", (value, place), (0, -17), textcoords="offset points", ha="center")
            words = _broken(name, " ")  # on a phone the two would touch
            axes.annotate(words, (shown[column].iloc[0], places[0]), (0, 10), textcoords="offset points", color=colour,
                          ha="center" if column == "triggered" else "left")  # fmt: skip
        axes.set_yticks(places, rows["model"])
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.set_xlim(-6 if is_narrow() else -1, 100)
        axes.set_xlabel("harmful answers or attack successes (%)")
        axes.grid(axis="y", visible=False)
    said = "; ".join(f"{row.model} {row.plain:g} % plain, {row.triggered:g} % triggered" for row in rows.itertuples())
    return Drawing(figure, f"Pairs of dots for backdoored models: {said}.", "plain_and_triggered", rows)


@two_widths
def chance_to_pass(curves: pd.DataFrame, limit: float) -> Drawing:
    """The exact chance that a model passes a gate against the number of prompts, one line a true rate.

    Args:
        curves: columns ``rate`` (true share of bad answers), ``n``, ``chance``.
        limit: the gate's threshold.
    """
    rates = sorted(curves["rate"].unique())
    with canvas(height=3.6) as (figure, axes):
        for rate, colour in zip(rates, (BLUE, ORANGE, GREEN, RED, PURPLE), strict=False):
            line = curves[curves["rate"] == rate]
            axes.plot(line["n"], line["chance"], color=colour, linewidth=1.6)
            _label_curve(axes, line, f"{rate:.3g}", colour, low=rate >= limit)
        axes.set_xscale("log")
        ticks = [n for n in (30, 100, 300, 1000, 3000) if curves["n"].min() <= n <= curves["n"].max()]
        axes.set_xticks(ticks, [str(n) for n in ticks])
        axes.minorticks_off()
        axes.set_xlabel("prompts")
        axes.set_ylabel("chance to pass")
        axes.set_ylim(-0.12, 1.1)
        axes.set_title(f"Gate: at most {limit:g} bad answers; on the lines: the model's true share", fontsize=11)
    ends = curves.sort_values("n").groupby("rate").last()
    said = "; ".join(f"{rate:.3g}: {chance:.2f}" for rate, chance in ends["chance"].items())
    alt = (
        f"Lines: chance to pass a gate of at most {limit:g} bad answers against the number of prompts. With "
        f"{int(curves['n'].max())} prompts, by true share: {said}."
    )
    return Drawing(figure, alt, "chance_to_pass", curves)


def _label_curve(axes, line: pd.DataFrame, text: str, colour: str, low: bool) -> None:
    # a rising curve is named where it first passes the middle, a flat one below the limit at its end
    at = line.iloc[-1] if low or line["chance"].max() < 0.6 else line[line["chance"] >= 0.6].iloc[0]
    place, rise = (at.n, at.chance), -15 if at.chance < 0.02 else 7
    passing = line[line["chance"] > 0]
    if is_narrow() and not low and 0 < len(passing) < len(line):  # left of the first steep rise nothing else stands
        place, rise = (passing["n"].iloc[0], 0.7 * passing["chance"].iloc[0]), 0
    axes.annotate(text, place, (-6, rise), textcoords="offset points", ha="right", color=colour,
                  fontweight="bold", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
