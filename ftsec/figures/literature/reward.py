"""What optimising against a learned reward does to the true one."""

from __future__ import annotations

import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import BLUE, ORANGE, canvas, is_narrow


@two_widths
def gold_reward(curves: pd.DataFrame, peaks: pd.DataFrame) -> Drawing:
    """The true (gold) reward over the distance from the start, one curve a reward model, its peak marked.

    Args:
        curves: columns reward_model, kl (nats), gold.
        peaks: columns reward_model, kl, n, gold.
    """
    with canvas(height=4.0) as (figure, axes):
        for colour, (name, rows) in zip((ORANGE, BLUE), curves.groupby("reward_model", sort=False), strict=False):
            axes.plot(rows["kl"], rows["gold"], color=colour)
            peak = peaks.set_index("reward_model").loc[name]
            if peak["kl"] <= rows["kl"].max():
                axes.plot(peak["kl"], peak["gold"], "o", color=colour)
            axes.annotate(
                f"{name} reward model\npeak at {peak['kl']:.0f} nats, n = {_short(peak['n'])}",
                (peak["kl"], peak["gold"]), _place(colour == BLUE), textcoords="offset points",
                ha="center" if colour == BLUE else "left", color=colour,
            )  # fmt: skip
        top = max(curves["gold"].max(), 0) * 1.28
        axes.set(ylim=(min(curves["gold"].min(), 0), top), xlim=(0, curves["kl"].max()))
        axes.set(xlabel="distance from the start, KL (nats)", ylabel="gold reward (units of the study)")
    return Drawing(figure, _alt(peaks), "gold_reward", curves)


def _place(upper: bool) -> tuple[int, int]:
    """Points from the peak to its label: above the upper curve, below the lower one, or between them on a phone."""
    if upper:
        return 0, 9
    return (4, 8) if is_narrow() else (-12, -44)


def _short(number: float) -> str:
    if number < 1000:
        return f"{float(f'{number:.2g}'):.0f}"  # read off a figure: two digits
    power = len(f"{number:.0f}") - 1
    return f"{number / 10**power:.0f} × 10$^{{{power}}}$"


def _alt(peaks: pd.DataFrame) -> str:
    parts = "; ".join(
        f"with the {row.reward_model} reward model it peaks at {row.kl:.1f} nats and then falls"
        for row in peaks.itertuples()
    )
    return f"Gold reward over KL divergence for best-of-n sampling: {parts}."
