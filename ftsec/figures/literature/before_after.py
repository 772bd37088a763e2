"""Published rates before and after an intervention, with their intervals."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.intervals import with_wilson
from ftsec.figures.base.style import BLUE, GREY, RED, canvas, is_narrow

NEAR_THE_EDGE = 15  # percent; a label there is aligned to the inside
NEAR_EACH_OTHER, ON_A_PHONE = 30, 65  # percent; labels would touch, the first one stands below the line


@two_widths
def before_after(rates: pd.DataFrame, outcome: str, name: str = "before_after") -> Drawing:
    """One row a run: the rate before and after, joined by a line; bars are 95 % Wilson intervals over prompts.

    Args:
        rates: columns label, before, after (percent), n_prompts.
        outcome: what is drawn, for example ``"harmfulness rate (%)"``.
        name: of the drawing.
    """
    shown = _with_equal_places(rates)
    with canvas(height=0.9 * len(rates) + 1.1, narrow=0.78 * len(rates) + 0.8) as (figure, axes):
        for row, record in enumerate(rates.to_dict("records")):
            axes.plot([record["before"], record["after"]], [row, row], color=GREY, linewidth=1.5, zorder=1)
            near = abs(record["after"] - record["before"]) < (ON_A_PHONE if is_narrow() else NEAR_EACH_OTHER)
            _rate(axes, record, f"before {shown['before'].iloc[row]}", row, BLUE, below=near)
            _rate(axes, record, f"after {shown['after'].iloc[row]}", row, RED)
        axes.set(xlim=(-4, 104), ylim=(len(rates) - 0.4, -0.7), xlabel=outcome)
        axes.set_yticks(range(len(rates)), [fill(label, 20) for label in rates["label"]])
    parts = "; ".join(f"{row.label} from {row.before} to {row.after}" for row in shown.itertuples())
    return Drawing(figure, f"Published {outcome} before and after: {parts}.", name, rates)


def _with_equal_places(rates: pd.DataFrame) -> pd.DataFrame:
    """The rates as text, all with as many places as the most precise has."""
    columns = ["before", "after"]
    places = max(len(f"{rate:g}".partition(".")[2]) for rate in rates[columns].to_numpy().flat)
    return rates.assign(**{name: [f"{rate:.{places}f}" for rate in rates[name]] for name in columns})


def _rate(axes: Axes, record: dict, text: str, row: int, colour: str, below: bool = False) -> None:
    when = text.split()[0]
    bounds = with_wilson(pd.DataFrame({"rate": [record[when]], "n": [record["n_prompts"]]}), "rate", "n").iloc[0]
    errors = [[bounds["rate"] - bounds["low"]], [bounds["high"] - bounds["rate"]]]
    axes.errorbar(bounds["rate"], row, xerr=errors, fmt="o", color=colour, capsize=3, markersize=7)
    side = "left" if bounds["rate"] < NEAR_THE_EDGE else "right" if bounds["rate"] > 100 - NEAR_THE_EDGE else "center"
    place = {"xytext": (0, -9), "va": "top"} if below else {"xytext": (0, 9)}
    axes.annotate(text, (bounds["rate"], row), textcoords="offset points", ha=side, color=colour, **place)
