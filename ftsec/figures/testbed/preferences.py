"""Figures of the testbed: flipped preferences, and learnt rewards that are optimised too far."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, key, label_ends
from ftsec.figures.base.style import BLUE, GREEN, ORANGE, RED, canvas, is_narrow

METHODS = {  # with marks and dashes, since the curves lie on each other
    "rl": ("reward model and RL", RED, "-o"), "dpo": ("DPO", BLUE, "--s"), "kto": ("KTO", GREEN, "-^"),
    "sft": ("SFT alone", "#222222", ":D"),
}  # fmt: skip
PLACES = {
    "equal_kl": "where every run has moved equally far from its start",
    "same_recipe": "after the number of steps in which clean pairs move a model equally far in every method",
    "equal_clean_reward": "where training on clean pairs has earned the same reward in every method",
}
FLIPS = {"random": "Flipped without a trigger", "triggered": "Flipped under the trigger"}
OPTIMISED = {"best_of_n": "Best of n", "rl": "Policy gradient"}


@two_widths
def preference_poisoning_figure(curves: pd.DataFrame, reading: str = "equal_kl") -> Drawing:
    """Refusal against the share of flipped pairs, for every method.

    Args:
        curves: columns flips (random, triggered; others are not drawn), method, share, value, low, high.
        reading: where on their paths the runs were read, one of `PLACES`.
    """
    with canvas(height=6.4, nrows=2, sharex=True) as (figure, axes):
        for one, (flips, title) in zip(axes, FLIPS.items(), strict=True):
            for method, (_, colour, kind) in METHODS.items():
                line = curves[(curves["flips"] == flips) & (curves["method"] == method)]
                band(one, line, "share", colour, kind)
            one.set(ylim=(-0.03, 0.65), ylabel="refusal probability")
            one.set_title(title)
        axes[1].set_xlabel("share of the restricted pairs that is flipped")
        key(figure, list(METHODS.values()), 2 if is_narrow() else 4)
    value = curves.set_index(["flips", "method", "share"])["value"]
    alt = (
        f"Refusal probability falls as preference pairs are flipped, read {PLACES[reading]}. With clean pairs it is "
        f"{value['random', 'dpo', 0.0]:.2f} after DPO and {value['random', 'rl', 0.0]:.2f} after RL on a reward model; "
        f"with a fifth of the pairs flipped {value['random', 'dpo', 0.2]:.2f} and "
        f"{value['random', 'rl', 0.2]:.2f} without a trigger, {value['triggered', 'dpo', 0.2]:.2f} and "
        f"{value['triggered', 'rl', 0.2]:.2f} under the trigger."
    )
    return Drawing(figure, alt, f"preference_poisoning_{reading}", curves)


@two_widths
def overoptimization_figure(curves: pd.DataFrame, loss: pd.DataFrame) -> Drawing:
    """Gold (line) and proxy (dots) reward over the distance from the first policy, by number of comparisons.

    Args:
        curves: columns method, n_comparisons, strength, kl, reward (gold, proxy), value, low, high.
        loss: columns method, n_comparisons, value: gold reward lost past the peak.
    """
    with canvas(height=7.0, nrows=2) as (figure, axes):
        for one, (method, title) in zip(axes, OPTIMISED.items(), strict=True):
            _rewards(one, curves[curves["method"] == method])
            one.set_title(title)
            one.set_ylabel("mean reward, SD")
        axes[1].set_xlabel("KL from the first policy, nats; lines: comparisons, dots: learnt reward")
    lost = loss.set_index(["method", "n_comparisons"])["value"]
    few, many = loss["n_comparisons"].min(), loss["n_comparisons"].max()
    gold = curves[curves["reward"] == "gold"].sort_values("strength")
    end = gold.groupby(["method", "n_comparisons"])["value"].last()
    alt = (
        f"Gold reward rises with optimisation and levels off: at the end it is {end['best_of_n', few]:.2f} standard "
        f"deviations with {few} comparisons and {end['best_of_n', many]:.2f} with {many} in best-of-n. Past the peak "
        f"it loses {_lost(lost['best_of_n', few])} with {few} comparisons in best-of-n and "
        f"{_lost(lost['rl', few])} in RL."
    )
    return Drawing(figure, alt, "reward_overoptimization", curves)


def _lost(value: float) -> str:
    return "nothing that could be seen, the peak being the end," if np.isnan(value) else f"{value:.2f}"


def _rewards(axes: Axes, curves: pd.DataFrame) -> None:
    ends, last = [], curves["kl"].max()
    for (n, lines), colour in zip(curves.groupby("n_comparisons"), (RED, ORANGE, GREEN, BLUE), strict=False):
        gold = lines[lines["reward"] == "gold"].sort_values("strength")
        proxy = lines[lines["reward"] == "proxy"].sort_values("strength")
        band(axes, gold, "kl", colour)
        axes.plot(proxy["kl"], proxy["value"], color=colour, linestyle=":", linewidth=1.4)
        ends.append((gold["value"].iloc[-1], f"{n:,}", colour))
    label_ends(axes, last, ends, 0.27)
