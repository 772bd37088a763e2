"""The same attacks on two models: the miniature on the left, the real language model on the right, on equal axes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, canvas, is_narrow

MODELS = {"miniature": "Miniature", "real": "Real model"}
DOSES = {1: (GREY, "o"), 3: (PURPLE, "^"), 10: (GREEN, "s"), 30: (ORANGE, "v")}
RATES = {"equal": (BLUE, "o", "equal learning rate"), "own": (RED, "D", "each method's own rate")}
LABELS = ("steps × learning rate, in half-lives of 30 examples", "least refusal probability, model still useful")


@two_widths
def pairs_figure(doses: Mapping[str, pd.DataFrame], methods: Mapping[str, pd.DataFrame]) -> Drawing:
    """Refusals against steps times rate for several doses, and what each method leaves at its worst moment.

    Args:
        doses: for ``miniature`` and ``real``, columns n_examples, learning_rate, exposure (steps times rate, in
            half-lives of 30 examples), value, low, high.
        methods: for both, columns arm, rate (equal, own), value, low, high.
    """
    with canvas(height=6.4, narrow=7.6, nrows=2, ncols=2, sharey="row") as (figure, panels):
        for column, (name, title) in enumerate(MODELS.items()):
            _doses(panels[0][column], doses[name])
            panels[0][column].set_title(title)
            _methods(panels[1][column], methods[name], column == 0)
        for axes, label in zip((panels[0][0], panels[1][0]), LABELS, strict=True):
            axes.set_xlabel(label, loc="left")
        panels[0][0].set_ylabel("share of refusals left")
        entries = [(f"{n} example" + "s" * (n > 1), colour, mark) for n, (colour, mark) in DOSES.items()]
        entries += [(text, colour, mark) for colour, mark, text in RATES.values()]
        key(figure, entries, 2 if is_narrow() else 3)
    return Drawing(figure, _alt(doses["real"], methods), "real_model_pairs", _data(doses, methods))


def _doses(axes: Axes, points: pd.DataFrame) -> None:
    for n, (colour, mark) in DOSES.items():
        rows = points[(points.n_examples == n) & points.exposure.between(0, 4)]
        spread = (rows["value"] - rows["low"], rows["high"] - rows["value"])
        axes.errorbar(
            rows["exposure"], rows["value"], yerr=spread, fmt=mark, color=colour, markersize=4.5, elinewidth=1.2,
            alpha=0.8,
        )  # fmt: skip
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_xticks([0, 0.25, 1, 2, 4], ["0", "¼", "1", "2", "4"])
    axes.set_xlim(0, 4.3)
    axes.set_ylim(-0.03, 1.09)


def _methods(axes: Axes, points: pd.DataFrame, first: bool) -> None:
    order = ("full", "lora_32", "lora_8", "lora_1")
    for row, arm in enumerate(order):
        found = points[points.arm == ("lora_16" if arm == "lora_32" and "lora_32" not in set(points.arm) else arm)]
        for rate, (colour, mark, _) in RATES.items():
            each = found[found.rate == rate]
            if len(each):
                one, shift = each.iloc[0], -0.13 if rate == "equal" else 0.13
                axes.plot([one["low"], one["high"]], [row + shift] * 2, color=colour, linewidth=2.5, alpha=0.55)
                axes.plot(one["value"], row + shift, mark, color=colour, markersize=7)
    axes.set_yticks(range(len(order)), ["full", "LoRA 16, 32" if is_narrow() else "LoRA 16 and 32", "LoRA 8", "LoRA 1"])
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.set_xlim(-0.03, 1.03)
    axes.tick_params(labelleft=first)


def _alt(real: pd.DataFrame, methods: Mapping[str, pd.DataFrame]) -> str:
    value = {name: frame.set_index(["arm", "rate"])["value"] for name, frame in methods.items()}
    one, many = (real[(real.n_examples == n) & (real.exposure > 0)]["value"].min() for n in (1, 30))
    small, large = value["miniature"], value["real"]
    return (
        "Two models under the same attacks, side by side. Against steps times learning rate the curves of 10 and 30 "
        f"examples lie close together in both; in the end the real model has {one:.0%} of its refusals left after one "
        f"example and {many:.0%} after thirty. At an equal rate LoRA of rank 8 leaves a refusal probability of "
        f"{small['lora_8', 'equal']:.2f} in the miniature and {large['lora_8', 'equal']:.2f} in the real model; at its "
        f"own rate {small['lora_8', 'own']:.2f} and {large['lora_8', 'own']:.2f}."
    )


def _data(doses: Mapping[str, pd.DataFrame], methods: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [frame.assign(model=name, panel="doses") for name, frame in doses.items()]
    return pd.concat(parts + [frame.assign(model=name, panel="methods") for name, frame in methods.items()])
