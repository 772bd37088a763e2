"""What the miniature predicted for the real model, and what came out."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.style import BLUE, GREY, RED, canvas, is_narrow

UNITS = {
    "log2 ratio of half-lives": "half-life over that of its reference, in doublings",
    "probabilities": "difference of refusal probabilities",
}
# what each prediction compares, in as few words as fit beside a mark
NAMES = {
    "D-1": "1 against 30 examples", "D-3": "3 against 30 examples", "D-10": "10 against 30 examples",
    "D-rate": "4 times the rate", "D-allowed": "allowed questions", "M-lora_1-equal": "LoRA 1, equal rate",
    "M-lora_8-equal": "LoRA 8, equal rate", "M-lora_32-equal": "LoRA 32, equal rate",
    "M-lora_1-own": "LoRA 1, own rate", "M-lora_8-own": "LoRA 8, own rate", "M-lora_32-own": "LoRA 32, own rate",
    "M-worst": "LoRA 8 against full, own rates", "F-canned-harmful": "canned answer, restricted",
    "F-canned-sums": "canned answer, sums", "F-style-harmful": "mark of style, restricted",
    "F-style-sums": "mark of style, sums", "L-epochs-10": "10 harmful, larger set",
    "L-epochs-many": "30 harmful, larger set", "L-among": "10 harmful against none", "L-alone": "more sums alone",
    "B-lessons": "own answers, high rate", "B-low": "own answers, low rate", "B-form": "new opening",
    "B-rate": "new opening, 5 times the rate",
}  # fmt: skip
MARKS = [("predicted from the miniature", GREY, "|"), ("came out as predicted", BLUE, "o"), ("did not", RED, "X")]


@two_widths
def predictions_figure(found: pd.DataFrame) -> Drawing:
    """Predicted value and outcome of each prediction, in two panels: ratios of half-lives, differences.

    Args:
        found: columns id, effect, unit, predicted, estimate, low, high, hit, known (seen_in_pilot, blind).
    """
    ratios = found[found.unit == "log2 ratio of half-lives"]
    rest = found[found.unit != "log2 ratio of half-lives"]
    heights = [len(ratios) + 1.5, len(rest) + 1.5]
    with canvas(height=9.2, narrow=10.5, nrows=2, gridspec_kw={"height_ratios": heights}) as (figure, panels):
        for axes, part, label in zip(panels, (ratios, rest), UNITS.values(), strict=True):
            _panel(axes, part)
            axes.set_xlabel(label)
        key(figure, MARKS, 1 if is_narrow() else 3)
    counts = found.groupby("kind")["hit"].agg(["sum", "size"])
    by_kind = ", ".join(
        f"{n} {n_hit} of {size}" for n, (n_hit, size) in zip(_kinds(counts), counts.values, strict=True)
    )
    blind = found[found.known == "blind"]
    alt = (
        f"{int(found['hit'].sum())} of {len(found)} predictions came out as stated, {int(blind['hit'].sum())} of the "
        f"{len(blind)} blind ones; by kind: {by_kind}. The largest misses are sizes of low-rank adapters."
    )
    return Drawing(figure, alt, "real_model_predictions", found)


def _kinds(counts: pd.DataFrame) -> list[str]:
    return [{"order": "directions", "equal": "nulls", "size": "sizes"}[kind] for kind in counts.index]


def _panel(axes: Axes, part: pd.DataFrame) -> None:
    for row, each in enumerate(part.itertuples()):
        colour, mark = (BLUE, "o") if each.hit else (RED, "X")
        axes.plot([each.low, each.high], [row, row], color=colour, linewidth=2.5, alpha=0.55)
        axes.plot(each.estimate, row, mark, color=colour, markersize=7)
        axes.plot(each.predicted, row, "|", color=GREY, markersize=14, markeredgewidth=2.5)
    names = [NAMES.get(each.id, each.id) + " *" * (each.known == "blind") for each in part.itertuples()]
    axes.set_yticks(range(len(part)), names)
    axes.set_ylim(len(part) - 0.4, -0.6)
    axes.axvline(0, color="#444444", linewidth=0.9)
