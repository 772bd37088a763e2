"""What a change of method or setting did within one study: the ratio of two published rates of unsafe answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ftsec.base.intervals import CONFIDENCE
from ftsec.evidence.selection import by_id, shown_in


def factor_ratios(include_weak: bool = True) -> pd.DataFrame:
    """How many times as many unsafe answers one run gave as the other, pair by pair.

    A pair is two runs of one study that differ in one factor (and in what the study had to change with it).

    Both runs of a pair answered the same prompts; the pairing is not published, so they are treated as independent,
    which makes the intervals too wide rather than too narrow. Seeds and judges are not covered.

    Args:
        include_weak: also pairs of which a rate was read in notes, second hand or from memory.

    Returns:
        columns factor, label, source, changed, reference (per cent), value (their ratio), low and high (95 % interval
        of the ratio; NaN where the number of prompts is not known or a rate is zero), weak.
    """
    pairs = shown_in("factor_ratios")
    others = by_id(pairs["against"])
    both = zip(pairs.to_dict("records"), others.to_dict("records"), strict=True)
    frame = pd.DataFrame([_ratio(changed, reference) for changed, reference in both])
    return frame if include_weak else frame[~frame["weak"]].reset_index(drop=True)


def _ratio(changed: dict, reference: dict) -> dict:
    rates, prompts = zip(*((run["value"], run["n_prompts"]) for run in (changed, reference)), strict=True)
    low, high = _interval(rates, prompts)
    shown = {"factor": changed["group"], "label": changed["label"], "source": changed["source"]}
    values = {"changed": rates[0], "reference": rates[1], "value": rates[0] / rates[1], "low": low, "high": high}
    return shown | values | {"weak": changed["weak"] or reference["weak"]}


def _interval(rates: Sequence[float], prompts: Sequence[float]) -> tuple[float, float]:
    if not np.isfinite(prompts).all() or min(rates) == 0:
        return (np.nan, np.nan)
    from scipy.stats.contingency import relative_risk

    cases = [round(rate / 100 * n) for rate, n in zip(rates, prompts, strict=True)]
    found = relative_risk(cases[0], int(prompts[0]), cases[1], int(prompts[1])).confidence_interval(CONFIDENCE)
    return (float(found.low), float(found.high))
