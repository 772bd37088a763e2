"""What the recorded results of many runs are for each value of the varied parameters."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import BLUE, canvas, is_narrow

LOG_FROM = 30  # a positive axis whose largest value is this many times its smallest is logarithmic
MOST_ROWS, MOST_COLUMNS = 4, 3


@two_widths
def results_by_parameter(summary: pd.DataFrame, units: dict[str, str | None] | None = None) -> Drawing:
    """Mean and interval of each result (rows) for each value of each varied parameter (columns).

    Args:
        summary: columns ``parameter``, ``value``, ``result``, ``n``, ``mean``, ``low``, ``high``.
        units: unit of each result.
    """
    results = list(dict.fromkeys(summary["result"]))[:MOST_ROWS]
    parameters = list(dict.fromkeys(summary["parameter"]))[:MOST_COLUMNS]
    size = {"nrows": len(results), "ncols": len(parameters)}
    with canvas(height=0.6 + 2.3 * len(results), sharey="row", sharex="col", squeeze=False, **size) as (figure, axes):
        for row, result in zip(axes, results, strict=True):
            unit = (units or {}).get(result)
            row[0].set_ylabel(f"{result} ({unit})" if unit else result)
            for axis, parameter in zip(row, parameters, strict=True):
                _panel(axis, summary[(summary["result"] == result) & (summary["parameter"] == parameter)])
        for axis, parameter in zip(axes[-1], parameters, strict=True):
            axis.set_xlabel(parameter)
    shown = summary[summary["result"].isin(results) & summary["parameter"].isin(parameters)]
    return Drawing(figure=figure, alt=_alt(shown), name="results_by_parameter", data=shown)


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    numbers = pd.to_numeric(rows["value"], errors="coerce")
    numeric = numbers.notna().all() and not rows["value"].map(type).eq(bool).any()
    x = numbers.astype(float) if numeric else pd.Series(range(len(rows)), index=rows.index)
    axis.plot(x, rows["mean"], "o-" if numeric else "o", color=BLUE)
    axis.vlines(x, rows["low"], rows["high"], color=BLUE, linewidth=1.4)
    if not numeric:
        axis.set_xticks(x, rows["value"].astype(str), rotation=90 if is_narrow() else 0)
        axis.set_xlim(-0.5, len(rows) - 0.5)
    elif (x >= 0).all() and x.max() > LOG_FROM * max(x[x > 0].min(), 0):
        axis.set_xscale("symlog", linthresh=x[x > 0].min()) if (x == 0).any() else axis.set_xscale("log")


def _alt(rows: pd.DataFrame) -> str:
    """For each result and parameter: where its mean is lowest and highest."""
    sentences = []
    for (result, parameter), group in rows.groupby(["result", "parameter"], sort=False):
        low, high = group.loc[group["mean"].idxmin()], group.loc[group["mean"].idxmax()]
        reach = f"from {low['mean']:.3g} at {low['value']} to {high['mean']:.3g} at {high['value']}"
        sentences.append(f"Mean {result} by {parameter}: {reach}.")
    return " ".join(sentences)
