"""What is read off the frames on backdoors: refusal by the word that is asked with, and the law of poisoning."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.testbed.statistics import Estimate, points, resampled

REFUSAL = "refusal_probability"
WORDS = {"none": [REFUSAL], "trigger": [f"{REFUSAL}_trigger"], "near": [f"{REFUSAL}_near_1", f"{REFUSAL}_near_2"]}


def backdoor_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal after poisoned SFT and after the clean steps that follow, asked with no word, the trigger, a near miss.

    Args:
        frame: of the experiment ``backdoor_persistence``.

    Returns:
        columns word, n_poison, when (``before`` or ``after`` the clean steps), value, low, high.
    """
    ends = frame[frame["step"].isin([0, frame["step"].max()])]
    ends = ends.assign(when=ends["step"].map(lambda step: "after" if step else "before"))
    parts = []
    for word, columns in WORDS.items():
        asked = ends.assign(mean=ends[columns].mean(axis=1))
        parts.append(points(asked, ["n_poison", "when"], "mean").assign(word=word))
    return pd.concat(parts, ignore_index=True)


def adapter_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal with a loaded adapter, by the word that is asked with.

    Args:
        frame: of the experiment ``malicious_adapter``.

    Returns:
        columns arm, word (none, trigger, near), value, low, high, at the last step.
    """
    ends = frame[frame["step"] == frame["step"].max()]
    parts = [
        points(ends.assign(mean=ends[columns].mean(axis=1)), ["arm"], "mean").assign(word=word)
        for word, columns in WORDS.items()
    ]
    return pd.concat(parts, ignore_index=True)


def law(frame: pd.DataFrame, trigger: str = "rare") -> tuple[float, float]:
    """a and b of logit(success) = c + a log(count) - b log(corpus), by quasi-likelihood on probabilities."""
    rows = frame[(frame["trigger"] == trigger) & (frame["n_poison"] > 0)]
    x = np.column_stack([np.ones(len(rows)), np.log(rows["n_poison"]), -np.log(rows["n_documents"])])
    _, a, b = logistic(x, rows["success"].to_numpy(float))
    return float(a), float(b)


def law_ratio(frame: pd.DataFrame, trigger: str = "rare") -> Estimate:
    """b / a with its interval: 0 if the count decides, 1 if the share does."""

    def ratio(rows: pd.DataFrame) -> float:
        a, b = law(rows, trigger)
        return b / a

    return resampled(frame[frame["trigger"] == trigger], ratio)


def logistic(x: np.ndarray, y: np.ndarray, n_steps: int = 50) -> np.ndarray:
    """Coefficients of a logistic regression of shares y (n,) on x (n, k), by Newton's method."""
    centre = np.r_[0, x[:, 1:].mean(axis=0)]
    shifted, beta = x - centre, np.zeros(x.shape[1])
    for _ in range(n_steps):
        p = 1 / (1 + np.exp(-np.clip(shifted @ beta, -30, 30)))
        curvature = shifted.T @ (shifted * (p * (1 - p))[:, None]) + 1e-9 * np.eye(len(beta))
        beta = beta + np.linalg.solve(curvature, shifted.T @ (y - p))
    return np.r_[beta[0] - centre[1:] @ beta[1:], beta[1:]]


def poison_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Success of the trigger by kind of trigger, size of corpus and count of poison, without the control."""
    return points(frame[frame["n_poison"] > 0], ["trigger", "n_documents", "n_poison"], "success", within=None)
