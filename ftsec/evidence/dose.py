"""How the harmfulness rate grows with the number of harmful examples, and with optimiser steps.

Two series in the table go over more than two sizes of harmful examples alone: Qi et al. (2024), Table 1, one for each
of two models. These two are fitted; other studies are shown beside them and never pooled, since judge and prompts
differ. Models that a study aligned itself are not shown: their level before fine-tuning is no product's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftsec.evidence.intervals import wilson
from ftsec.evidence.references import cite
from ftsec.evidence.selection import shown_in
from ftsec.evidence.tables import is_weak, measurements
from ftsec.evidence.vocabulary import ALIGNED_BY_AUTHORS, PERCENT

SCALES = (0.1, 500.0)  # examples; far below the smallest and above the largest dose tried


@dataclass(frozen=True)
class DoseResponse:
    """The two fitted series, their half-doses and the other studies.

    Attributes:
        points: model, measurement_id, n_examples, n_steps (NaN where the batch is not known), rate, low, high.
        curves: model, n_examples, rate, low, high: the fit on a grid with its 95 % band.
        half_doses: model, floor, top, half (rates), above, up_to (examples), steps_above, steps_up_to: the half-dose
            lies above the first and at most at the second; no number in between is identified by the data.
        others: harmful-data runs of other studies or of weaker sources: as points, plus source, metric, weak.
    """

    points: pd.DataFrame
    curves: pd.DataFrame
    half_doses: pd.DataFrame
    others: pd.DataFrame


def saturating(n_examples: np.ndarray, floor: float, top: float, scale: float) -> np.ndarray:
    """Rate in per cent after `n_examples`: from `floor` at none to `top`, with 63 % of the way done at `scale`."""
    return floor + (top - floor) * -np.expm1(-np.asarray(n_examples) / scale)


def dose_response(n_resamples: int = 400, seed: int = 0) -> DoseResponse:
    """Fit these two series and bracket their half-doses.

    Bands and intervals hold the binomial error of 330 prompts only: the variance between training runs and that of
    the judge are not published and are left out, so the truth is wider.

    Args:
        n_resamples: binomial resamples of the four rates for the band.
        seed: of the resampling.
    """
    points = _points()
    fits = [_fit(name, group, n_resamples, seed) for name, group in points.groupby("model")]
    return DoseResponse(
        points=points,
        curves=pd.concat([curve for curve, _ in fits], ignore_index=True),
        half_doses=pd.DataFrame([half for _, half in fits]),
        others=_others(),
    )


def _points() -> pd.DataFrame:
    rows = shown_in("dose_response")
    found = [(row["group"], row["measurement_id"], *_dose(row)) for _, row in rows.iterrows()]
    columns = ["model", "measurement_id", "n_examples", "n_steps", "rate", "n_prompts"]
    return _with_intervals(pd.DataFrame(found, columns=columns))


def _dose(row: pd.Series) -> tuple[float, float, float, float]:
    no_training = row["n_examples"] == 0 and row["method"] != "api"
    return row["n_examples"], 0.0 if no_training else row["n_steps"], row["value"], row["n_prompts"]


def _with_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    low, high = wilson(frame["rate"], frame["n_prompts"])
    return frame.assign(low=low, high=high)


def _fit(name: str, points: pd.DataFrame, n_resamples: int, seed: int) -> tuple[pd.DataFrame, dict]:
    dose, rate, n = points["n_examples"].to_numpy(), points["rate"].to_numpy(), int(points["n_prompts"].iloc[0])
    best = _parameters(dose, rate, n)
    drawn = np.random.default_rng(seed).binomial(n, rate / 100, (n_resamples, len(rate))) * 100 / n
    grid = np.concatenate([[0], np.geomspace(0.05, dose.max(), 200)])  # dense where the curve is steep
    band = np.percentile([saturating(grid, *_parameters(dose, one, n)) for one in drawn], [2.5, 97.5], axis=0)
    curve = pd.DataFrame({"model": name, "n_examples": grid, "rate": saturating(grid, *best)})
    return curve.assign(low=band[0], high=band[1]), {"model": name, **_half_dose(points, *best[:2])}


def _parameters(dose: np.ndarray, rate: np.ndarray, n_prompts: int) -> np.ndarray:
    """Floor, top and scale by weighted least squares; the weights are the binomial standard errors."""
    from scipy.optimize import curve_fit

    share = (rate / 100 * n_prompts + 0.5) / (n_prompts + 1)  # keeps the error of a rate of 0 above 0
    error = 100 * np.sqrt(share * (1 - share) / n_prompts)
    start = (rate.min(), rate.max(), dose[dose > 0].min())
    bounds = ([0, 0, SCALES[0]], [100, 100, SCALES[1]])
    return curve_fit(saturating, dose, rate, p0=start, sigma=error, bounds=bounds)[0]


def _half_dose(points: pd.DataFrame, floor: float, top: float) -> dict:
    """The doses between which the rate crosses half-way: the last clearly below and the first clearly above."""
    half = (floor + top) / 2
    below, above = points[points["high"] < half], points[points["low"] > half]
    return {
        "floor": floor,
        "top": top,
        "half": half,
        "above": below["n_examples"].max(),
        "up_to": above["n_examples"].min(),
        "steps_above": below["n_steps"].max(),
        "steps_up_to": above["n_steps"].min(),
    }


def _others() -> pd.DataFrame:
    rows = measurements()
    rates = rows["outcome"].isin(["harmfulness_rate", "attack_success_rate"]) & (rows["unit"] == PERCENT)
    attacks = (rows["attack"] == "harmful") & (rows["defense"] == "") & (rows["phase"] == "fine-tuning")
    attacks &= ~rows["model"].str.contains(ALIGNED_BY_AUTHORS)
    fitted = shown_in("dose_response")["measurement_id"]
    rows = rows[rates & attacks & (rows["n_harmful"] > 0) & rows["value"].notna()]
    rows = rows[~rows["measurement_id"].isin(fitted)].rename(columns={"value": "rate"})
    rows = rows.assign(source=rows["citation_key"].map(cite), weak=is_weak(rows))
    columns = ["model", "measurement_id", "n_examples", "n_steps", "rate", "n_prompts", "source", "metric", "weak"]
    return _with_intervals(rows[columns].reset_index(drop=True))
