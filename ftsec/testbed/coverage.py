"""How often the testbed's 95 % intervals hold the truth, simulated on values like its own.

Never on normal ones: samples are drawn from the stored base means of the arms whose means are most skewed, and from a
population with two peaks, a tenth of it in the lower one, as where few bases lose their refusals. The simulated truth
is the mean of what is drawn from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ftsec.testbed.frames import stored
from ftsec.testbed.statistics import mean_interval

REFUSAL = "refusal_probability"
FRAMES = {
    "benign_erosion": ["arm", "learning_rate"],
    "dose_response": ["kind", "n_examples", "learning_rate"],
    "identity_shift": ["arm", "n_examples"],
    "method_comparison": ["arm", "rate"],
    "realignment": ["arm", "stage"],
    "safety_mixing": ["data", "arm", "share"],
}
LEAST_SPREAD = 0.02  # arms whose bases hardly differ are left out: their intervals are narrower than is printed
SIZES = (10, 20, 60)
N_SAMPLES = 20_000
EVIDENCE = 0.90  # intervals that cover less often are no evidence
TWO_PEAKS = "two peaks"


def base_means(frames: Mapping[str, Sequence[str]] = FRAMES) -> dict[str, np.ndarray]:
    """The base means of the last refusal probability in every arm of these frames."""
    found = {}
    for name, keys in frames.items():
        frame = stored(name)
        last = frame[frame["step"] == frame.groupby(list(keys))["step"].transform("max")]
        for key, arm in last.groupby(list(keys)):
            values = arm.groupby("base")[REFUSAL].mean().to_numpy(float)
            if values.std() > LEAST_SPREAD:
                found[f"{name}: {', '.join(map(str, key))}"] = values
    return found


def skewness(values: np.ndarray) -> float:
    """Third central moment in units of the standard deviation."""
    centred = values - values.mean()
    return float((centred**3).mean() / values.std() ** 3)


def most_skewed(n: int = 5) -> dict[str, np.ndarray]:
    """The `n` arms whose base means are most skewed."""
    found = base_means()
    names = sorted(found, key=lambda name: -abs(skewness(found[name])))
    return {name: found[name] for name in names[:n]}


def two_peaks(n: int = 10_000, seed: int = 0) -> np.ndarray:
    """Probabilities around .9, but for a tenth of them around .1."""
    rng = np.random.default_rng(seed)
    centres = np.where(np.arange(n) < n // 10, 0.1, 0.9)
    return np.clip(centres + 0.05 * rng.standard_normal(n), 0, 1)


def coverage(population: np.ndarray, size: int, n_samples: int = N_SAMPLES, seed: int = 0) -> float:
    """How often the interval of a sample of this size, drawn with replacement, holds the population's mean."""
    samples = np.random.default_rng(seed).choice(population, (n_samples, size))
    low, high = mean_interval(samples)
    return float(((low <= population.mean()) & (population.mean() <= high)).mean())


def coverage_table(sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """Coverage by population and number of bases: columns population, skewness, and one per size."""
    return pd.DataFrame(_rows(sizes))


def _rows(sizes: Sequence[int]) -> Iterator[dict]:
    for name, values in (most_skewed() | {TWO_PEAKS: two_peaks()}).items():
        yield {"population": name, "skewness": skewness(values)} | {size: coverage(values, size) for size in sizes}
