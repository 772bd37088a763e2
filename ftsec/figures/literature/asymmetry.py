"""Figures on building and breaking safety: the printed path, its sensitivity, its dose, and the compute behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.base.words import in_words
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.intervals import with_wilson
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, PURPLE, canvas, is_narrow

PUBLISHED_COLOURS = (BLUE, PURPLE, GREEN)
BESIDE = {"textcoords": "offset points"}  # a label stands a few points beside its mark


@two_widths
def safety_path(states: pd.DataFrame, published: pd.DataFrame) -> Drawing:
    """The printed safety score stage by stage, and published safe rates before and after the attack beside it.

    Args:
        states: columns stage, safety_score (0 to 1), in order; the last two are aligned and attacked.
        published: columns model, before, after (rates of safe answers in percent) and n_prompts.
    """
    size = {"height": 4.3, "narrow": 6.2, "gridspec_kw": {"width_ratios": [3, 2.8]}}
    with canvas(**size, ncols=2, sharey=True) as (figure, (left, right)):
        left.plot(range(len(states)), states["safety_score"], "-o", color=ORANGE)
        _score_labels(left, states["safety_score"])
        left.set_xticks(range(len(states)), [str(name).replace(" ", "\n") for name in states["stage"]])
        left.set(ylim=(-0.03, 1.1), xlim=(-0.6, len(states) - 0.4), ylabel="safety score", title="The article's model")
        for colour, row in zip(PUBLISHED_COLOURS, published.to_dict("records"), strict=False):
            _before_and_after(right, row, colour)
        right.set_xticks([0, 1], ["before", "after\nattack"])
        right.set(xlim=(-0.2, 2.7), title="Published: safe answers")
    return Drawing(figure, _path_alt(states, published), "safety_path", states)


def _score_labels(axes: Axes, scores: pd.Series) -> None:
    """Each score on the side that the line does not come from."""
    for place, (score, before) in enumerate(zip(scores, scores.shift(fill_value=0), strict=True)):
        side = {"xytext": (-2, 7), "ha": "right"} if score >= before else {"xytext": (2, 7), "ha": "left"}
        axes.annotate(f"{score:.2f}", (place, score), **side, **BESIDE, color=ORANGE)


def _before_and_after(axes: Axes, row: dict, colour: str) -> None:
    rates = with_wilson(pd.DataFrame({"rate": [row["before"], row["after"]], "n": row["n_prompts"]}), "rate", "n") / 100
    errors = [rates["rate"] - rates["low"], rates["high"] - rates["rate"]]
    axes.errorbar([0, 1], rates["rate"], errors, fmt="--o", color=colour, linewidth=1.3, capsize=3)
    text = f"{rates['rate'].iloc[1]:.2f} " + str(row["model"]).replace(" ", " " if is_narrow() else "\n", 1)
    axes.annotate(text, (1, rates["rate"].iloc[1]), (9, 0), **BESIDE, va="center", color=colour, fontsize=10)


def _path_alt(states: pd.DataFrame, published: pd.DataFrame) -> str:
    path = ", ".join(f"{stage} {score:.2f}" for stage, score in states[["stage", "safety_score"]].to_numpy())
    fall = "; ".join(f"{row.model} from {row.before:.1f} to {row.after:.1f} %" for row in published.itertuples())
    return f"The article's safety score by stage: {path}. Published share of safe answers before and after: {fall}."


@two_widths
def dose(model: pd.DataFrame, published: pd.DataFrame) -> Drawing:
    """Safety left after an attack of n examples: the printed line against published rates with their intervals.

    Args:
        model: columns n_examples, safety_left (percent of the score before the attack; NaN where that is zero).
        published: columns model, n_examples, safe_rate (percent), n_prompts.
    """
    with canvas(height=4.0) as (figure, axes):
        axes.plot(model["n_examples"], model["safety_left"], color=ORANGE)
        place = model.iloc[len(model) // 3]
        middle = (place["n_examples"], place["safety_left"])
        if np.isfinite(middle).all():
            axes.annotate("the article's model", middle, (8, 4), **BESIDE, color=ORANGE)
        for colour, (name, rows) in zip(PUBLISHED_COLOURS, published.groupby("model"), strict=False):
            _published_dose(axes, str(name), rows.sort_values("n_examples"), colour)
        axes.set(ylim=(-4, max(106, 1.06 * model["safety_left"].max())), ylabel="safety left (%)")
        axes.set_xlabel("harmful examples in the fine-tuning set")
    return Drawing(figure, _dose_alt(model.iloc[-1], published), "safety_dose", published)


def _dose_alt(last: pd.Series, published: pd.DataFrame) -> str:
    first = published[published["n_examples"] > 0].sort_values("n_examples").groupby("model").first()
    rates = "; ".join(f"{row.Index} {row.safe_rate:.0f} % after {row.n_examples:.0f}" for row in first.itertuples())
    line = f"ends at {last['safety_left']:.0f} % for {last['n_examples']:.0f}"
    if np.isnan(last["safety_left"]):
        line = "is missing, since its model has no safety to lose"
    return (
        f"Safety left against the number of harmful examples. The article's line {line}. "
        f"Published shares of safe answers: {rates} examples."
    )


def _published_dose(axes: Axes, name: str, rows: pd.DataFrame, colour: str) -> None:
    rates = with_wilson(rows, "safe_rate", "n_prompts")
    errors = [rates["safe_rate"] - rates["low"], rates["high"] - rates["safe_rate"]]
    axes.errorbar(rates["n_examples"], rates["safe_rate"], errors, fmt="--o", color=colour, linewidth=1.3, capsize=3)
    end = rates.iloc[-1]
    below = -10 if is_narrow() else 0  # there the article's line runs into the name
    axes.annotate(name, (end["n_examples"], end["safe_rate"]), (9, below), **BESIDE, va="center", color=colour)


@two_widths
def sensitivity(curves: pd.DataFrame, chosen: dict[str, float]) -> Drawing:
    """One panel an input: the score after RLHF and after the attack while that input alone moves over its range.

    Args:
        curves: columns input, value, aligned, attacked.
        chosen: the value each input has elsewhere, marked by a vertical line; its order is the order of the panels.
    """
    with canvas(height=5.4, nrows=2, ncols=2, sharey=True) as (figure, axes):
        for place, (panel, (name, value)) in enumerate(zip(axes.flat, chosen.items(), strict=True)):
            rows = curves[curves["input"] == name]
            panel.plot(rows["value"], rows["aligned"], color=BLUE)
            panel.plot(rows["value"], rows["attacked"], color=ORANGE)
            panel.axvline(value, color=GREY, linewidth=1, linestyle=":")
            title = _in_two_lines(in_words(name)) if is_narrow() else in_words(name)
            panel.set_title(title, fontsize=10.5, fontweight="normal")
            panel.set_ylim(0, 1.02)
            panel.locator_params(axis="x", nbins=4)
            panel.xaxis.set_major_formatter(lambda number, _: _short(number))
            if place == len(chosen) - 1:
                _name_lines(panel, rows)
        figure.supylabel("safety score", fontsize=11)
    return Drawing(figure, _sensitivity_alt(curves, chosen), "trajectory_sensitivity", curves)


def _in_two_lines(name: str) -> str:
    """An input's name, broken at the space that is nearest to its middle."""
    breaks = [place for place, letter in enumerate(name) if letter == " "] or [len(name)]
    middle = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:middle]}\n{name[middle:].strip()}"


def _name_lines(panel: Axes, rows: pd.DataFrame) -> None:
    last, attacked = rows.iloc[-1], "after the\nattack" if is_narrow() else "after the attack"
    for column, text, colour in (("aligned", "after RLHF", BLUE), ("attacked", attacked, ORANGE)):
        panel.annotate(text, (last["value"], last[column]), (0, 6), **BESIDE, ha="right", color=colour, fontsize=10)


def _short(number: float) -> str:
    return f"{number / 1000:g}k" if abs(number) >= 1000 else f"{number:g}"


def _sensitivity_alt(curves: pd.DataFrame, chosen: dict[str, float]) -> str:
    spans = curves.groupby("input")["attacked"].agg(["min", "max"]).loc[list(chosen)]
    rows = ((in_words(str(name)), low, high) for name, low, high in spans.itertuples())
    parts = ", ".join(f"{name} from {low:.2f} to {high:.2f}" for name, low, high in rows)
    return f"Four panels, one input each. Over its range each input alone moves the score after the attack: {parts}."


@two_widths
def compute_shares(shares: pd.DataFrame) -> Drawing:
    """Compute of each stage relative to pre-training = 1000: printed against published, on a logarithmic axis.

    Args:
        shares: columns stage, printed, published; one row a stage, pre-training first.
    """
    with canvas(height=3.2) as (figure, axes):
        for row, (printed, published) in enumerate(shares[["printed", "published"]].to_numpy()):
            axes.plot([published, printed], [row, row], color=GREY, linewidth=1.5, zorder=1)
            _value(axes, printed, row, ORANGE, above=False)
            _value(axes, published, row, BLUE, above=True)
        axes.set(xscale="log", ylim=(len(shares) - 0.4, -0.6), xlabel="compute, pre-training = 1000")
        axes.set_yticks(range(len(shares)), shares["stage"])
        axes.set_title("Published above, the article below")
        axes.margins(x=0.12)
    parts = "; ".join(
        f"{row.stage} {_plain(row.published)} published, {_plain(row.printed)} in the article"
        for row in shares.itertuples()
    )
    return Drawing(figure, f"Compute relative to pre-training = 1000: {parts}.", "compute_shares", shares)


def _value(axes: Axes, value: float, row: int, colour: str, above: bool) -> None:
    axes.plot(value, row, "o", color=colour, markersize=8)
    side = {"xytext": (0, 9), "va": "bottom"} if above else {"xytext": (0, -9), "va": "top"}
    axes.annotate(_plain(value), (value, row), **side, **BESIDE, ha="center", color=colour)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
