"""What is read off the frames on backdoors: refusal by the word that is asked with, and the law of poisoning."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.testbed.statistics import Estimate, draws_of_bases, percentiles, points

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
        asked = ends.assign(mean_rate=ends[columns].mean(axis=1))
        parts.append(points(asked, ["n_poison", "when"], "mean_rate").assign(word=word))
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
        points(ends.assign(mean_rate=ends[columns].mean(axis=1)), ["arm"], "mean_rate").assign(word=word)
        for word, columns in WORDS.items()
    ]
    return pd.concat(parts, ignore_index=True)


def law(frame: pd.DataFrame, trigger: str = "rare") -> tuple[float, float]:
    """a and b of logit(success) = c + a log(count) - b log(corpus), by quasi-likelihood on probabilities."""
    x, success = _cells(frame, trigger)
    _, a, b = logistic(x, success.mean(axis=0))
    return float(a), float(b)


def law_ratio(frame: pd.DataFrame, trigger: str = "rare") -> Estimate:
    """b / a with its interval from resampling bases: 0 if the count decides, 1 if the share does."""
    x, success = _cells(frame, trigger)
    a, b = law(frame, trigger)
    fits = logistic(x, draws_of_bases(len(success)) @ success / len(success))
    return percentiles(b / a, fits[:, 2] / fits[:, 1], len(success))


def _cells(frame: pd.DataFrame, trigger: str) -> tuple[np.ndarray, np.ndarray]:
    """The terms of the law (n_cells, 3) and the success of every base in every cell (n_bases, n_cells)."""
    rows = frame[(frame["trigger"] == trigger) & (frame["n_poison"] > 0)]
    success = rows.pivot_table(index="base", columns=["n_poison", "n_documents"], values="success")
    count, size = (np.log(success.columns.get_level_values(name).to_numpy(float)) for name in success.columns.names)
    return np.column_stack([np.ones(len(count)), count, -size]), success.to_numpy(float)


def logistic(x: np.ndarray, y: np.ndarray, n_steps: int = 25) -> np.ndarray:
    """Coefficients (…, k) of logistic regressions of shares y (…, n) on x (n, k), by Newton's method."""
    centre = np.r_[0, x[:, 1:].mean(axis=0)]
    shifted, beta = x - centre, np.zeros((*y.shape[:-1], x.shape[1]))
    for _ in range(n_steps):
        p = 1 / (1 + np.exp(-np.clip(beta @ shifted.T, -30, 30)))
        curvature = np.einsum("...n,nj,nk->...jk", p * (1 - p), shifted, shifted) + 1e-9 * np.eye(x.shape[1])
        beta = beta + np.linalg.solve(curvature, ((y - p) @ shifted)[..., None])[..., 0]
    first = beta[..., 0] - beta[..., 1:] @ centre[1:]
    return np.concatenate([first[..., None], beta[..., 1:]], axis=-1)


def poison_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Success of the trigger by kind of trigger, size of corpus and count of poison, without the control."""
    return points(frame[frame["n_poison"] > 0], ["trigger", "n_documents", "n_poison"], "success")
