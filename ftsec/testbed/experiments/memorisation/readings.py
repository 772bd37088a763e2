"""What is read off the frames of `canary_exposure`: curves of exposure, and what copies and deduplication change."""

from __future__ import annotations

import pandas as pd

from ftsec.testbed.statistics import Estimate, clustered, difference, points


def exposure_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Exposure over presentations for exact copies that nobody removed, by phase and epochs."""
    planted = frame[(frame["copies"] == "exact") & ~frame["deduplicated"]]
    return points(planted, ["phase", "epochs", "presentations"], "exposure")


def null_exposure(frame: pd.DataFrame) -> Estimate:
    """Mean exposure of canaries that were never shown."""
    return clustered(frame[frame["copies"] == "never"], "exposure")


def deduplication_effect(frame: pd.DataFrame) -> pd.DataFrame:
    """What exact deduplication removes of 16 copies, in bits, for each phase, epochs and kind of copy."""
    copied = frame[frame["repetitions"] == 16]
    means = copied.groupby(["phase", "epochs", "copies", "base", "deduplicated"], observed=True)["exposure"].mean()
    removed = means.unstack("deduplicated").dropna()
    removed = (removed[False] - removed[True]).rename("removed").reset_index()
    return points(removed, ["phase", "epochs", "copies"], "removed")


def phase_difference(frame: pd.DataFrame, first: str, second: str, min_presentations: int = 16) -> Estimate:
    """Mean difference of exposure, one epoch of one phase minus the other, at equal presentations, paired by base."""
    cells = frame[(frame["copies"] == "exact") & ~frame["deduplicated"] & (frame["epochs"] == 1)]
    cells = cells[cells["presentations"] >= min_presentations]
    means = cells.groupby(["base", "phase", "presentations"])["exposure"].mean()
    wide = means.unstack("phase")[[first, second]].dropna()
    return clustered((wide[first] - wide[second]).rename("difference").reset_index(), "difference")


def repetitions(frame: pd.DataFrame) -> Estimate:
    """Bits of exposure that 64 copies add in one epoch of pre-training (S01)."""
    frame = frame[(frame["phase"] == "pretraining") & (frame["epochs"] == 1)]
    return difference(frame, frame["repetitions"] == 64, frame["copies"] == "never", "exposure")


def deduplication(frame: pd.DataFrame) -> Estimate:
    """Bits that deduplication removes of 16 exact copies in one epoch of pre-training (S02)."""
    frame = frame[(frame["phase"] == "pretraining") & (frame["epochs"] == 1)]
    sixteen = (frame["repetitions"] == 16) & (frame["copies"] == "exact")
    return difference(frame, sixteen & ~frame["deduplicated"], sixteen & frame["deduplicated"], "exposure")


def matched_phases(frame: pd.DataFrame) -> Estimate:
    """Bits of exposure after SFT minus those after the last part of pre-training, at the same rate (S03)."""
    return phase_difference(frame, "fine_tuning_matched", "pretraining_late")
