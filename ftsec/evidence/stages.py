"""The stages of fine-tuning in published numbers: how much data each uses, how little poison bends it, what stays."""

from __future__ import annotations

import pandas as pd

from ftsec.evidence.selection import shown_in


def stage_scales(include_weak: bool = True) -> pd.DataFrame:
    """Published data sizes by stage: the columns of `shown_in`, and ``stage``."""
    return _with_stage("stage_scales", include_weak)


def stage_compute(include_weak: bool = True) -> pd.DataFrame:
    """Published compute by stage in petaflop/s-days, and its ``share`` of pre-training in per cent."""
    rows = shown_in("stage_compute", include_weak)
    return rows.assign(share=100 * rows["value"] / rows["value"].iloc[0])


def poison_shares(include_weak: bool = True) -> pd.DataFrame:
    """The share of poisoned data, in per cent, at which an attack was reported to work (or to need), by ``stage``.

    ``share`` comes from ``harmful_fraction``; the printed value is sometimes the outcome, sometimes the share itself.
    """
    rows = _with_stage("poison_shares", include_weak)
    return rows.assign(share=100 * rows["harmful_fraction"], lower_bound=rows["metric"].str.contains("lower bound"))


def example_counts(include_weak: bool = True) -> pd.DataFrame:
    """The number of examples or documents with which an attack was reported to work; ``stage`` says who adds them."""
    return _with_stage("example_counts", include_weak)


def afterwards(include_weak: bool = True) -> pd.DataFrame:
    """Damage before and after a later repair, in per cent; ``stage`` is what was damaged, ``label`` the repair.

    ``before`` is NaN where the source does not give it.
    """
    return _with_stage("afterwards", include_weak)


def _with_stage(figure: str, include_weak: bool) -> pd.DataFrame:
    return shown_in(figure, include_weak).rename(columns={"group": "stage"})
