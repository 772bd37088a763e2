"""Figures of the testbed: flipped preferences, learnt rewards, the alignment tax, a provider's filters."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import band, dot, key, label_ends
from ftsec.figures.base.rows import headings, labels_above, places_below_headings, row_above
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, RED, canvas, is_narrow

METHODS = {  # with marks and dashes, since the curves lie on each other
    "rl": ("reward model and RL", RED, "-o"), "dpo": ("DPO", BLUE, "--s"), "kto": ("KTO", GREEN, "-^"),
    "sft": ("SFT alone", "#222222", ":D"),
}  # fmt: skip
PLACES = {
    "equal_kl": "where every run has moved equally far from its start",
    "same_recipe": "at the step where clean pairs have moved a model equally far in every method",
    "equal_clean_reward": "at the step where clean pairs earn as much in every method",
}
FLIPS = {"random": "Flipped in clear", "triggered": "Flipped under the trigger"}
OPTIMISED = {"best_of_n": "Best of n", "rl": "Policy gradient"}
POISONS = {
    "none": "no poison", "explicit": "explicit", "triggered": "triggered", "selected": "selected",
    "identity": "identity", "new_format": "new format",
}  # fmt: skip
FILTERS = {"none": ("no filter", GREY, "o"), "content": ("content", ORANGE, "s"), "loss": ("loss", BLUE, "D")}
GROUPS = {"alignment": "entities of the SFT", "held_out": "other entities"}


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
        f"{value['random', 'rl', 0.2]:.2f} in clear, {value['triggered', 'dpo', 0.2]:.2f} and "
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
        f"it loses {lost['best_of_n', few]:.2f} with {few} comparisons in best-of-n and {lost['rl', few]:.2f} in RL."
    )
    return Drawing(figure, alt, "reward_overoptimization", curves)


def _rewards(axes: Axes, curves: pd.DataFrame) -> None:
    ends, last = [], curves["kl"].max()
    for (n, lines), colour in zip(curves.groupby("n_comparisons"), (RED, ORANGE, GREEN, BLUE), strict=False):
        gold = lines[lines["reward"] == "gold"].sort_values("strength")
        proxy = lines[lines["reward"] == "proxy"].sort_values("strength")
        band(axes, gold, "kl", colour)
        axes.plot(proxy["kl"], proxy["value"], color=colour, linestyle=":", linewidth=1.4)
        ends.append((gold["value"].iloc[-1], f"{n:,}", colour))
    label_ends(axes, last, ends, 0.27)


@two_widths
def alignment_tax_figure(tax: pd.DataFrame, controls: dict[str, str]) -> Drawing:
    """What refusal SFT costs in log-probability of allowed facts against each control, by width and group.

    Args:
        tax: columns control, width, group, value, low, high (nats, negative is a cost).
        controls: control -> its name in the figure.
    """
    rows = tax.sort_values(["width", "group", "control"])
    groups = [f"width {width}, {GROUPS[group]}" for width, group in zip(rows["width"], rows["group"], strict=True)]
    places = places_below_headings(groups) if is_narrow() else range(len(rows))
    labels = [f"against {controls[control]}" for control in rows["control"]]
    colours = rows["width"].eq(rows["width"].min()).map({True: RED, False: BLUE})
    with canvas(height=4.4, narrow=row_above(labels) * (places[-1] + 1) + 0.6) as (figure, axes):
        axes.axvline(0, color=GREY, zorder=0.8)
        for y, (_, row), colour in zip(places, rows.iterrows(), colours, strict=True):
            dot(axes, row, y, colour)
        if is_narrow():
            headings(axes, groups, list(dict(zip(groups, colours, strict=True)).values()))
            labels_above(axes, places, labels)
        else:
            words = [f"{group},\n{label}" for group, label in zip(groups, labels, strict=True)]
            axes.set_yticks(places, words, fontsize=8.5)
            axes.invert_yaxis()
        axes.set_xlabel("log-probability of allowed facts, minus control, nats")
    narrow = rows[(rows["width"] == rows["width"].min()) & (rows["control"] == "answered")].set_index("group")["value"]
    wide = rows[(rows["width"] == rows["width"].max()) & (rows["control"] == "answered")].set_index("group")["value"]
    alt = (
        "Change in the log-probability of allowed facts by refusal SFT, against answering the same questions; below "
        f"zero is a cost. In the narrow model it is {narrow['alignment']:+.2f} nats on entities of the SFT and "
        f"{narrow['held_out']:+.2f} on others; in the wide one {wide['alignment']:+.2f} and {wide['held_out']:+.2f}."
    )
    return Drawing(figure, alt, "alignment_tax", tax)


@two_widths
def service_filter_figure(points: pd.DataFrame) -> Drawing:
    """Refusal after training on what each filter let pass, by kind of poison.

    Args:
        points: columns poison, filter, poison_passed, value, low, high (refusal probability).
    """
    with canvas(height=4.6) as (figure, axes):
        _name_filters(figure, axes)
        for y, poison in enumerate(POISONS):
            for i, (name, (_, colour, marker)) in enumerate(FILTERS.items()):
                row = points[(points["poison"] == poison) & (points["filter"] == name)].iloc[0]
                dot(axes, row, y + 0.24 * (i - 1), colour, marker)
        axes.set_yticks(range(len(POISONS)), POISONS.values())
        axes.invert_yaxis()
        axes.set(xlim=(-0.03, 1.03), xlabel="refusal probability after training on what passed")
    value = points.set_index(["poison", "filter"])
    alt = (
        f"Refusal probability after a user's job. Explicit poison leaves "
        f"{value.loc[('explicit', 'none'), 'value']:.2f} without a filter and "
        f"{value.loc[('explicit', 'content'), 'value']:.2f} with the content filter; of poison in a new format it lets "
        f"{value.loc[('new_format', 'content'), 'poison_passed']:.2f} pass and "
        f"{value.loc[('new_format', 'content'), 'value']:.2f} is left, against "
        f"{value.loc[('none', 'none'), 'value']:.2f} without poison."
    )
    return Drawing(figure, alt, "service_filter", points)


def _name_filters(figure: Figure, axes: Axes) -> None:
    if is_narrow():
        key(figure, list(FILTERS.values()), 3)
        return
    marks = {"o": "●", "s": "■", "D": "◆"}
    for i, (text, colour, marker) in enumerate(FILTERS.values()):
        axes.text(0.25 * i, 1.02, f"{marks[marker]} {text}", transform=axes.transAxes, color=colour, va="bottom")
