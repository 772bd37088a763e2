"""What is read off the frames on preferences: the dose that halves refusals, and reward lost past its peak."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.testbed.statistics import Estimate, clustered, crossing_steps, draws_of_bases, percentiles, points


def refusal_column(flips: str) -> str:
    """Which refusals the poison is after: all of them, or those under the trigger."""
    return "refusal_probability" if flips == "random" else "refusal_probability_trigger"


def preference_curves(readings: pd.DataFrame) -> pd.DataFrame:
    """Refusal over the share of flipped pairs: columns flips, method, share, value, low, high."""
    parts = [
        points(rows, ["method", "share"], refusal_column(flips)).assign(flips=flips)
        for flips, rows in readings.groupby("flips")
    ]
    return pd.concat(parts, ignore_index=True)


def half_dose(readings: pd.DataFrame, flips: str, method: str) -> Estimate:
    """The share of flipped pairs that halves the mean refusal reached with clean pairs; infinite if none does."""
    return percentiles(*_half_doses(readings, flips, method))


def half_dose_ratio(readings: pd.DataFrame, flips: str, methods: tuple[str, str] = ("dpo", "rl")) -> Estimate:
    """Half-dose of one method over that of another, paired by base: below 1 if the first needs less poison."""
    (one, draws, n_bases), (other, other_draws, _) = (_half_doses(readings, flips, method) for method in methods)
    with np.errstate(invalid="ignore"):  # neither is ever halved: such draws say nothing about the ratio
        return percentiles(np.divide(one, other), draws / other_draws, n_bases)


def half_dose_table(readings: pd.DataFrame, against: str = "rl") -> pd.DataFrame:
    """Half-doses and their ratio to those of `against`, as text: columns flips, method, half_dose, ratio."""
    rows = []
    for flips in ("random", "triggered"):
        for method in readings["method"].unique():
            ratio = "" if method == against else str(half_dose_ratio(readings, flips, (method, against)))
            rows.append((flips, method, str(half_dose(readings, flips, method)), ratio))
    return pd.DataFrame(rows, columns=["flips", "method", "half_dose", "ratio"])


def _half_doses(readings: pd.DataFrame, flips: str, method: str) -> tuple[float, np.ndarray, int]:
    """The half-dose of all bases, those of resampled bases, and the number of bases; the same draws in every method."""
    rows = readings[(readings["flips"] == flips) & (readings["method"] == method)]
    curves = rows.pivot_table(index="base", columns="share", values=refusal_column(flips))
    shares, values = curves.columns.to_numpy(float), curves.to_numpy(float)
    draws = draws_of_bases(len(values)) @ values / len(values)
    whole, halves = (crossing_steps(shares, many, many[:, 0] / 2) for many in (values.mean(axis=0)[None], draws))
    return float(whole[0]), halves, len(values)


def loss_past_peak(frame: pd.DataFrame) -> pd.DataFrame:
    """Gold reward lost between the best strength of optimisation and the last, for each method and comparisons.

    The best strength for a base is where the mean of the *other* bases is highest, since the maximum of a noisy
    curve lies above its end even if nothing is lost. Where that is the last strength for every base, nothing can be
    lost by construction: such a row has no value (``tested`` is false), and says nothing about a decline.

    Returns:
        columns method, n_comparisons, value, low, high, tested, peak (strength, of all bases), pair_accuracy.
    """
    rows = []
    for (method, n), cell in frame.groupby(["method", "n_comparisons"], sort=True):
        gold = cell.pivot_table(index="base", columns="strength", values="gold")
        peaks = {base: gold.drop(base).mean().idxmax() for base in gold.index}
        losses = [{"base": base, "loss": own[peaks[base]] - own.iloc[-1]} for base, own in gold.iterrows()]
        tested = any(peak != gold.columns[-1] for peak in peaks.values())
        columns = clustered(pd.DataFrame(losses), "loss").columns
        rows.append({
            "method": method, "n_comparisons": n, **(columns if tested else dict.fromkeys(columns, np.nan)),
            "tested": tested, "peak": int(gold.mean().idxmax()), "pair_accuracy": float(cell["pair_accuracy"].mean()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def reward_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Gold and proxy rewards with intervals, and the mean kl, for each method, comparisons and strength."""
    keys = ["method", "n_comparisons", "strength"]
    kl = frame.groupby(keys)["kl"].mean().rename("kl").reset_index()
    parts = [points(frame, keys, reward).assign(reward=reward).merge(kl) for reward in ("gold", "proxy")]
    return pd.concat(parts, ignore_index=True)
