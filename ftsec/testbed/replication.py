"""The replication: every prediction and headline number once more, on bases that nothing had used before.

What counts as replicated stands in ``replication.csv``, committed before the new frames were read:

* a *prediction* is replicated if it has the same outcome as in the stored frames: negative, positive, null or unclear,
  by the rule and the margin of `outcomes`;
* a *headline number* is replicated if its new value lies in the stored 95 % interval.

Neither would always happen if nothing but chance separated the two sets of bases. How often it should is `expected`:
the new value is drawn around the stored one with the errors of both; for what is no mean of bases, both sets of bases
are drawn from the stored ones and the number computed from each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ftsec.base.files import write_atomic
from ftsec.testbed.experiments.attacks.readings import refusal_left
from ftsec.testbed.experiments.backdoors.readings import law_ratio
from ftsec.testbed.experiments.defenses.gate_readings import benchmark_area, report_runs
from ftsec.testbed.experiments.preferences import equal_distance
from ftsec.testbed.experiments.preferences.readings import half_dose_ratio
from ftsec.testbed.experiments.replications import SUFFIX
from ftsec.testbed.experiments.training.readings import cost_ratio
from ftsec.testbed.frames import stored
from ftsec.testbed.outcomes import ESTIMATES, RATIOS, half_life, outcome_of, predictions
from ftsec.testbed.statistics import LEVEL, Estimate, clustered, fewer_draws

REFUSAL = "refusal_probability"
N_DRAWS = 2000
CHANCES = Path(__file__).with_name("replication_chances.csv")


def replicated(name: str) -> pd.DataFrame:
    """The frame of an experiment's replication."""
    return stored(f"{name}{SUFFIX}")


@dataclass(frozen=True)
class Headline:
    """A number that stands in the book's summary: the frame it is read from, how, and the scale of its errors.

    Attributes:
        scale: ``mean`` of bases; ``log``, the mean of logarithms; ``other``: neither, so chance is simulated.
    """

    experiment: str
    estimate: Callable[[pd.DataFrame], Estimate]
    scale: str = "mean"


def _mean_at(frame: pd.DataFrame, column: str = REFUSAL, **fixed: object) -> Estimate:
    for key, value in fixed.items():
        frame = frame[frame[key] == value]
    return clustered(frame, column)


def _attacked(n_examples: int) -> Callable[[pd.DataFrame], Estimate]:
    return lambda frame: _mean_at(frame, kind="attack", learning_rate=1e-4, step=64, n_examples=n_examples)


def _eroded(arm: str) -> Callable[[pd.DataFrame], Estimate]:
    return lambda frame: _mean_at(frame, learning_rate=1e-3, step=80, arm=arm)


def _back(arm: str) -> Callable[[pd.DataFrame], Estimate]:
    return lambda frame: _mean_at(frame, stage="realign", step=16, arm=arm)


def _passing(poison: str) -> Callable[[pd.DataFrame], Estimate]:
    return lambda frame: _mean_at(frame, "poison_passed", **{"filter": "content", "poison": poison})


def _half_doses(reading: str) -> Callable[[pd.DataFrame], Estimate]:
    return lambda frame: half_dose_ratio(equal_distance.read(_needed(frame), reading), "triggered")


def _needed(frame: pd.DataFrame) -> pd.DataFrame:
    """The runs on which the ratio of half-doses rests: flips under the trigger, and clean pairs."""
    clean = (frame["share"] == 0) & (frame["flips"] == "random")
    return frame[(clean | (frame["flips"] == "triggered")) & frame["method"].isin(("dpo", "rl"))]


HEADLINES: dict[str, Headline] = {
    "H01": Headline("fragility_control", lambda frame: half_life(frame, "canned"), "log"),
    "H02": Headline("fragility_control", lambda frame: half_life(frame, "marker"), "log"),
    "H03": Headline("pipeline_trajectory", lambda frame: cost_ratio(frame)[0], "log"),
    "H04": Headline("poison_count_or_fraction", law_ratio, "other"),
    "H05": Headline("dose_response", _attacked(10)),
    "H06": Headline("dose_response", _attacked(100)),
    "H07": Headline("benign_erosion", _eroded("control")),
    "H08": Headline("benign_erosion", _eroded("old_random")),
    "H09": Headline("benign_erosion", _eroded("new_random")),
    "H10": Headline("realignment", _back("attacked")),
    "H11": Headline("realignment", _back("never_aligned")),
    "H12": Headline("service_filter", _passing("explicit")),
    "H13": Headline("service_filter", _passing("identity")),
    "H14": Headline("preference_poisoning", _half_doses("equal_kl"), "other"),
    "H15": Headline("preference_poisoning", _half_doses("equal_clean_reward"), "other"),
    "H16": Headline("method_comparison", lambda frame: refusal_left(frame, 0.0)),
    "H17": Headline("method_comparison", lambda frame: refusal_left(frame, 0.2)),
    "H18": Headline("backdoor_persistence", lambda frame: _mean_at(frame, f"{REFUSAL}_trigger", n_poison=50, step=200)),
    "H19": Headline("malicious_adapter", lambda frame: _mean_at(frame, f"{REFUSAL}_trigger", arm="malicious", step=96)),
    "H20": Headline("gate_run", lambda frame: benchmark_area(report_runs(frame)), "other"),
}


def criteria() -> pd.DataFrame:
    """What counts as replicated, as committed: id, kind, quantity, experiment, n_bases, criterion."""
    return pd.read_csv(Path(__file__).with_name("replication.csv"))


def side_by_side() -> pd.DataFrame:
    """Every row of `criteria` with ``stored`` and ``new`` estimates, ``replicated``, ``inside`` and ``expected``.

    `inside` is whether the new value lies in the stored interval, `expected` how often the row's criterion should be
    met by chance alone.
    """
    table = criteria()
    rows = [_prediction(name) if name in ESTIMATES else _headline(name) for name in table["id"]]
    return pd.concat([table, pd.DataFrame(rows)], axis=1)


def _prediction(name: str) -> dict:
    before, after = (ESTIMATES[name](read) for read in (stored, replicated))
    margin = _margin(name)
    outcome = [outcome_of(name, each, margin) for each in (before, after)]
    return _row(before, after) | {
        "stored_outcome": outcome[0],
        "new_outcome": outcome[1],
        "replicated": outcome[0] == outcome[1],
        "expected": same_outcome(name, before, after.n_bases, margin),
    }


def _headline(name: str) -> dict:
    found = HEADLINES[name]
    before, after = (found.estimate(read(found.experiment)) for read in (stored, replicated))
    row = _row(before, after)
    chance = inside_share(before.n_bases, after.n_bases)
    if found.scale == "other":
        chance = simulated_chances().at[name, "chance"]
    return row | {"stored_outcome": "", "new_outcome": "", "replicated": row["inside"], "expected": chance}


def _row(before: Estimate, after: Estimate) -> dict:
    inside = before.low <= after.value <= before.high
    return {"stored": before, "new": after, "inside": bool(inside)}


def _margin(name: str) -> float:
    both = pd.concat(map(predictions, ("first", "second"))).set_index("id")
    return float(both.loc[name, "margin"] or 0)


def inside_share(n_stored: int, n_new: int) -> float:
    """How often the mean of new bases lies in the 95 % interval of the old ones, if all come from one population."""
    reach = ndtri((1 + LEVEL) / 2) / np.sqrt(1 + n_stored / n_new)
    return float(2 * ndtr(reach) - 1)


def same_outcome(name: str, before: Estimate, n_new: int, margin: float, seed: int = 0) -> float:
    """How often new bases give the stored outcome again, if the stored estimate and its error are right.

    The new value is drawn around the stored one with the error of the new bases alone, its interval as wide as the
    stored one scaled to the number of bases; on the logarithmic scale for ratios.
    """
    wanted, on_logs = outcome_of(name, before, margin), name in RATIOS
    middle, low, high = np.log([before.value, *before.interval]) if on_logs else (before.value, *before.interval)
    if not np.isfinite([low, high]).all() or low == high:
        return float("nan")
    wider = np.sqrt(before.n_bases / n_new)
    error = (high - low) / (2 * ndtri((1 + LEVEL) / 2)) * wider
    drawn = middle + error * np.random.default_rng(seed).standard_normal(N_DRAWS)
    back = np.exp if on_logs else (lambda value: value)
    below, above = (middle - low) * wider, (high - middle) * wider
    return float(
        np.mean([
            outcome_of(name, Estimate(back(v), back(v - below), back(v + above), n_new), margin) == wanted
            for v in drawn
        ])
    )  # fmt: skip


def resampled_share(found: Headline, n_new: int, n_trials: int = 100, seed: int = 0) -> float:
    """How often a number of new bases lies in the interval of the old ones, both drawn from the stored bases."""
    frame = report_runs(stored(found.experiment))
    rng, parts = np.random.default_rng(seed), [part for _, part in frame.groupby("base")]
    inside = []
    for _ in range(n_trials):
        with fewer_draws(400):
            old, new = (found.estimate(_drawn(parts, rng, n)) for n in (len(parts), n_new))
        inside.append(old.low <= new.value <= old.high)
    return float(np.mean(inside))


def simulated_chances() -> pd.DataFrame:
    """`resampled_share` of the headline numbers that are no means, by id, as `write_chances` stored it."""
    return pd.read_csv(CHANCES, index_col="id")


def write_chances() -> None:
    """Simulate again (a minute) what `simulated_chances` reads: ``python -m ftsec.testbed.replication``."""
    sizes = criteria().set_index("id")["n_bases"]
    rows = [(name, resampled_share(found, int(sizes[name]))) for name, found in HEADLINES.items()
            if found.scale == "other"]  # fmt: skip
    write_atomic(CHANCES, pd.DataFrame(rows, columns=["id", "chance"]).to_csv(index=False, lineterminator="\n"))


def _drawn(parts: list[pd.DataFrame], rng: np.random.Generator, n: int) -> pd.DataFrame:
    """`n` bases drawn with replacement, each under a name of its own."""
    picks = rng.integers(len(parts), size=n)
    return pd.concat([parts[pick].assign(base=1000 + i) for i, pick in enumerate(picks)], ignore_index=True)


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """Of each kind of row: how many, how many were replicated, and how many should be by chance alone."""
    grouped = table.groupby("kind", sort=False)
    return pd.DataFrame({
        "rows": grouped.size(), "replicated": grouped["replicated"].sum(), "expected": grouped["expected"].sum(),
        "inside": grouped["inside"].sum(),
    }).reset_index()  # fmt: skip


if __name__ == "__main__":
    write_chances()
