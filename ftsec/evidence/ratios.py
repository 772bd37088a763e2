"""What a change of method or setting did within one study: the ratio of two published rates of unsafe answers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats.contingency import relative_risk

from ftsec.evidence.selection import selected

CONFIDENCE = 0.95


class Pair(NamedTuple):
    """Two runs of one study that differ in one factor (and in what the study had to change with it).

    Attributes:
        factor: what differs, one of ``learning_rate``, ``epochs``, ``lora``, ``prefix_tuning``.
        label: what the two runs share.
        changed, reference: measurement ids of numerator and denominator.
    """

    factor: str
    label: str
    changed: str
    reference: str


# Qi et al. (2024), Tables 1 to 3, 7, 11 and 12; the last LoRA pair is of Bhardwaj et al. (2024)
PAIRS: tuple[Pair, ...] = (
    Pair("learning_rate", "benign, batch 16", "M039", "M043"),
    Pair("learning_rate", "benign, batch 32", "M040", "M044"),
    Pair("learning_rate", "benign, batch 64", "M041", "M045"),
    Pair("learning_rate", "benign, batch 128", "M042", "M046"),
    Pair("epochs", "identity, GPT-3.5", "M019", "M017"),
    Pair("epochs", "identity, Llama-2", "M025", "M023"),
    Pair("epochs", "benign, GPT-3.5", "M049", "M048"),
    Pair("lora", "100 harmful", "M053", "M015"),
    Pair("lora", "identity", "M054", "M027"),
    Pair("lora", "benign", "M055", "M033"),
    Pair("lora", "benign, other study", "M179", "M180"),
    Pair("prefix_tuning", "100 harmful", "M058", "M015"),
    Pair("prefix_tuning", "identity", "M059", "M027"),
    Pair("prefix_tuning", "benign", "M060", "M033"),
)


def factor_ratios(include_weak: bool = True) -> pd.DataFrame:
    """How many times as many unsafe answers one run gave as the other, pair by pair.

    Both runs of a pair answered the same prompts; the pairing is not published, so they are treated as independent,
    which makes the intervals too wide rather than too narrow. Seeds and judges are not covered.

    Args:
        include_weak: also pairs of which a rate was read in notes, second hand or from memory.

    Returns:
        columns factor, label, source, changed, reference (per cent), value (their ratio), low and high (95 % interval
        of the ratio; NaN where the number of prompts is not known or a rate is zero), weak.
    """
    rows = []
    for pair in PAIRS:
        runs = selected({pair.changed: "changed", pair.reference: "reference"})
        rates, prompts = runs["value"].tolist(), runs["n_prompts"].tolist()
        low, high = _interval(rates, prompts)
        shown = {"factor": pair.factor, "label": pair.label, "source": runs["source"].iloc[0]}
        values = {"changed": rates[0], "reference": rates[1], "value": rates[0] / rates[1], "low": low, "high": high}
        rows.append(shown | values | {"weak": bool(runs["weak"].any())})
    frame = pd.DataFrame(rows)
    return frame if include_weak else frame[~frame["weak"]].reset_index(drop=True)


def _interval(rates: list[float], prompts: list[float]) -> tuple[float, float]:
    if not np.isfinite(prompts).all() or min(rates) == 0:
        return (np.nan, np.nan)
    cases = [round(rate / 100 * n) for rate, n in zip(rates, prompts, strict=True)]
    found = relative_risk(cases[0], int(prompts[0]), cases[1], int(prompts[1])).confidence_interval(CONFIDENCE)
    return (float(found.low), float(found.high))
