"""How harm grows with harmful examples and with optimiser steps: fits, intervals, and the studies around them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.style import BLUE, GREY, ORANGE, RED, canvas, is_narrow

FITTED = {"GPT-3.5 Turbo": BLUE, "Llama-2-7b-Chat": ORANGE}
EXAMPLE_TICKS = (0, 10, 50, 100, 200, 600)
CROWDED = 200  # has no room for its number on a phone
STEP_TICKS = (0, 2, 5, 10, 50, 300)

Words = tuple[tuple[float, float, str, str, dict[str, str]], ...]  # x, y, text, colour, alignment
TOP, RIGHT = {"va": "top"}, {"va": "top", "ha": "right"}
EXAMPLE_WORDS: Words = (
    (13, 96, "GPT-3.5 Turbo", BLUE, {}),
    (17, 55, "Llama-2-7b-Chat", ORANGE, {}),
    (110, 70, "other studies,\nnot fitted (× ‡)", GREY, TOP),
    (10.5, 23, "article: a straight line,\nbent by the log axis", RED, {}),
)
STEP_WORDS: Words = (
    (8, 52, "Llama-2: 10 to 100 examples,\nbatch 10, 5 epochs, rate 5e-5", ORANGE, TOP),
    (0.15, 99, "Llama-2: 100 examples,\nbatch 64, rate 2e-5 ‡", GREY, TOP),
    (300, 107, "adapters and\nprefixes ‡", GREY, RIGHT),
)
STEP_WORDS_ON_A_PHONE: Words = (
    (6, 40, "10 to 100 examples,\nbatch 10, 5 epochs,\nrate 5e-5", ORANGE, TOP),
    (0.15, 107, "Llama-2, 100 examples,\nbatch 64, rate 2e-5 ‡", GREY, TOP),
    (165, 59, "adapters and\nprefixes ‡", GREY, RIGHT),
)
KEY = (  # on a phone, instead of the words among the examples
    ("GPT-3.5 Turbo", BLUE, "o"),
    ("other studies (× ‡)", GREY, "o"),
    ("Llama-2-7b-Chat", ORANGE, "o"),
    ("the article's line", RED, "--"),
)


@two_widths
def dose_response(
    points: pd.DataFrame, curves: pd.DataFrame, others: pd.DataFrame, article: pd.DataFrame | None = None
) -> Drawing:
    """Harmfulness rate over harmful examples (top) and over optimiser steps (bottom).

    Args:
        points, curves, others: frames of ``ftsec.evidence.dose_response()``.
        article: n_examples and rate (per cent of safety lost) of the article's line; left out if None.
    """
    with canvas(height=7.4, narrow=7.0, nrows=2) as (figure, (examples, steps)):
        _examples(examples, points, curves, others)
        if article is not None:
            examples.plot(article["n_examples"], article["rate"], color=RED, ls="--")
        _steps(steps, points, others)
        if is_narrow():
            key(figure, KEY if article is not None else KEY[:-1], 2)
            _words(steps, STEP_WORDS_ON_A_PHONE)
        else:
            _words(examples, EXAMPLE_WORDS if article is not None else EXAMPLE_WORDS[:-1])
            _words(steps, STEP_WORDS)
    return Drawing(figure, _told(points, others, article), "dose_response", _data(points, others))


def _examples(axes: Axes, points: pd.DataFrame, curves: pd.DataFrame, others: pd.DataFrame) -> None:
    for weak, mark in ((False, "o"), (True, "x")):
        some = others[others["weak"] == weak]
        _bars(axes, some, "n_examples", GREY, mark)
    for model, colour in FITTED.items():
        curve, one = curves[curves["model"] == model], points[points["model"] == model]
        axes.fill_between(curve["n_examples"], curve["low"], curve["high"], color=colour, alpha=0.2, lw=0)
        axes.plot(curve["n_examples"], curve["rate"], color=colour)
        _bars(axes, one, "n_examples", colour)
    _scale(axes, EXAMPLE_TICKS, 10, "harmful examples")
    axes.set_title("Ten examples already do most of it")


def _steps(axes: Axes, points: pd.DataFrame, others: pd.DataFrame) -> None:
    known = others[others["n_steps"].notna()]
    one = points[points["n_steps"].notna()]
    short = known[known["n_steps"] < known["n_examples"] / 10].sort_values("n_steps")
    axes.plot(short["n_steps"], short["rate"], "s-", color=GREY, mfc="none")
    rest = known.drop(short.index)
    _bars(axes, rest, "n_steps", GREY, "x")
    _bars(axes, one, "n_steps", ORANGE)
    axes.plot(one["n_steps"], one["rate"], color=ORANGE, lw=1)
    _scale(axes, STEP_TICKS, 5, "optimiser steps (API runs do not report them)")
    axes.set_title("A handful of steps is enough")


def _words(axes: Axes, words: Words) -> None:
    for x, y, text, colour, style in words:
        axes.text(x, y, text, color=colour, **style)


def _bars(axes: Axes, one: pd.DataFrame, x: str, colour: str, mark: str = "o") -> None:
    """Marks with their intervals where the number of prompts is known; grey ones, not fitted, are open and thin."""
    fitted = colour != GREY
    error = np.abs(one[["low", "high"]].to_numpy().T - one["rate"].to_numpy())
    style = {"lw": 1.5, "capsize": 3} if fitted else {"lw": 0.8, "mfc": "none", "ms": 5, "alpha": 0.7}
    axes.errorbar(one[x], one["rate"], yerr=error, fmt=mark, color=colour, **style)


def _scale(axes: Axes, ticks: tuple[int, ...], linear: float, label: str) -> None:
    axes.set_xscale("symlog", linthresh=linear, linscale=0.8)
    shown = [tick for tick in ticks if tick != CROWDED] if is_narrow() else ticks
    axes.set_xticks(shown, [str(tick) for tick in shown])
    axes.minorticks_off()
    axes.set(ylim=(-3, 108), xlabel=label, ylabel="unsafe answers, %", xlim=(-linear / 20, ticks[-1] * 1.3))


def _told(points: pd.DataFrame, others: pd.DataFrame, article: pd.DataFrame | None) -> str:
    parts = []
    for model in FITTED:
        one = points[points["model"] == model]
        doses = ", ".join(f"{row.rate:g} % at {row.n_examples:g}" for row in one.itertuples())
        parts.append(f"{model}: {doses} harmful examples.")
    low, high = others["rate"].agg(["min", "max"])
    studies = f"{len(others)} figures of other studies lie between {low:g} and {high:g} %."
    line = ""
    if article is not None:
        at_ten = np.interp(10, article["n_examples"], article["rate"])
        line = f" The article's straight line gives {at_ten:.2g} % at 10."
    return f"Unsafe answers over harmful examples and optimiser steps. {' '.join(parts)} {studies}{line}"


def _data(points: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([points.assign(fitted=True), others.assign(fitted=False)], ignore_index=True)
