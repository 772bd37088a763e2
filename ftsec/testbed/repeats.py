"""Headline results of the second half in the other world and at other widths, beside those of the main setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.backdoors.readings import law_ratio
from ftsec.testbed.experiments.defenses.gate_readings import benchmark_area, report_runs
from ftsec.testbed.experiments.memorisation import readings as memorisation
from ftsec.testbed.experiments.preferences import equal_distance
from ftsec.testbed.experiments.preferences.readings import half_dose_ratio, loss_past_peak
from ftsec.testbed.experiments.training.readings import cost_ratio, refusal_tax
from ftsec.testbed.frames import shipped, stored
from ftsec.testbed.outcomes import identity_over_explicit
from ftsec.testbed.statistics import Estimate

# frame -> the frame that repeats it
REPEATED = {
    "canary_exposure": "canary_repeats",
    "poison_count_or_fraction": "poison_repeats",
    "preference_poisoning": "preference_repeats",
    "reward_overoptimization": "reward_repeats",
    "alignment_tax": "tax_repeats",
    "pipeline_trajectory": "trajectory_repeats",
    "gate_run": "gate_repeats",
    "service_filter": "service_repeats",
}


@dataclass(frozen=True)
class Quantity:
    """What is compared between settings.

    Attributes:
        frame: the experiment it is read from.
        none: its value where there is no effect; not a number where it has no side.
        unfinished: the share of runs that ended before their goal, which makes the estimate a bound from below.
    """

    frame: str
    estimate: Callable[[pd.DataFrame], Estimate]
    none: float = 0.0
    unfinished: Callable[[pd.DataFrame], float] = lambda frame: 0.0


def _half_doses(frame: pd.DataFrame) -> Estimate:
    return half_dose_ratio(equal_distance.read(frame, "equal_clean_reward"), "triggered")


def _fall(frame: pd.DataFrame) -> Estimate:
    row = loss_past_peak(frame).set_index(["method", "n_comparisons"]).loc[("best_of_n", 50)]
    return Estimate.of_row(row, frame)


QUANTITIES: dict[str, Quantity] = {
    "exposure of a secret never shown, bits": Quantity("canary_exposure", memorisation.null_exposure, np.nan),
    "64 copies add, bits": Quantity("canary_exposure", memorisation.repetitions),
    "deduplication removes, bits": Quantity("canary_exposure", memorisation.deduplication),
    "SFT minus late pre-training, bits": Quantity("canary_exposure", memorisation.matched_phases),
    "poison: weight of the corpus over that of the count": Quantity("poison_count_or_fraction", law_ratio),
    "half-dose under the trigger at equal reward, DPO over RL, times": Quantity(
        "preference_poisoning", _half_doses, 1.0
    ),
    "true reward lost past its peak, best of n, few comparisons, SD": Quantity("reward_overoptimization", _fall),
    "refusal SFT against answering, nats": Quantity("alignment_tax", refusal_tax),
    "installing over removing, times": Quantity(
        "pipeline_trajectory", lambda frame: cost_ratio(frame)[0], 1.0, lambda frame: cost_ratio(frame)[1]
    ),
    "area under the curve of the safety benchmark": Quantity("gate_run", benchmark_area, 0.5),
    "content filter: identity minus explicit poison that passes": Quantity("service_filter", identity_over_explicit),
}


def repeats() -> pd.DataFrame:
    """Every quantity in every setting: columns quantity, setting, repeated, value, low, high, n_bases, unfinished.

    `repeated` is whether the setting was computed to repeat the others. `unfinished` is the share of runs that ended
    before their goal: where it is not 0, the estimate is a bound from below.
    """
    rows = []
    for name, quantity in QUANTITIES.items():
        for setting, repeated, frame in settings(quantity.frame):
            found = quantity.estimate(frame)
            row = {"quantity": name, "setting": setting, "repeated": repeated, **vars(found)}
            rows.append(row | {"unfinished": quantity.unfinished(frame)})
    return pd.DataFrame(rows).dropna(subset="value", ignore_index=True)  # a peak that is the end has no fall


def same_side(table: pd.DataFrame) -> pd.Series:
    """Whether the whole interval of each repeat lies on the side of no effect where the main setting's value lies.

    Args:
        table: of `repeats`. Rows that repeat nothing are left out, as are quantities without a side: those that have
            no value for no effect, and those whose main interval holds it.
    """
    none = table["quantity"].map({name: quantity.none for name, quantity in QUANTITIES.items()})
    main = table[~table["repeated"]].groupby("quantity")[["value", "low", "high"]].first()
    main = main.loc[table["quantity"]].set_index(table.index)
    sided = (main["low"] > none) | (main["high"] < none)
    kept = table[table["repeated"] & none.notna() & sided]
    none = none[kept.index]
    above = main.loc[kept.index, "value"] > none
    return (kept["low"] > none).where(above, kept["high"] < none)


def settings(name: str) -> Iterator[tuple[str, bool, pd.DataFrame]]:
    """The published frame of an experiment in each setting: its name, whether it is a repeat, its rows."""
    for source in (name, REPEATED[name]):
        if source not in shipped():
            continue
        for (world, width), part in report_runs(stored(source, main=False)).groupby(["world", "width"], sort=False):
            kind = "width" if world == "hidden_topic" else "other world, width"
            rows = part.drop(columns=["world", "width"]).reset_index(drop=True)
            yield f"{kind} {width}", source != name, rows
