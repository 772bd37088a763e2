"""What is read off the frames on defenses: safety examples, re-alignment, a provider's filters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ftsec.testbed.statistics import Estimate, crossings, last_step, paired, points

REFUSAL = "refusal_probability"
STAGES = ("attack", "realign", "attack_again")


def mixing_points(frame: pd.DataFrame, column: str = REFUSAL) -> pd.DataFrame:
    """A measure after training with safety examples mixed in; both arms begin with the runs without any.

    Args:
        frame: of the experiment ``safety_mixing``.

    Returns:
        columns data, arm, share, value, low, high.
    """
    table = points(last_step(frame, ["data", "arm", "share"]), ["data", "arm", "share"], column)
    both = pd.concat([table, table[table["share"] == 0].assign(arm="add")])
    return both.sort_values(["data", "arm", "share"], ignore_index=True)


def stage_points(first: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Refusal and accuracy after every stage: pre-training, SFT, an attack, safety training, the next attack.

    Args:
        first: of `live_slices.pretrained`.
        later: frame of the experiment ``realignment``.

    Returns:
        columns stage, measure (``refusal_probability`` or ``allowed_accuracy``), value, low, high, in order.
    """
    chain = later[later["arm"] == "attacked"]
    parts = [("pre-training", first.assign(seed=0))]
    parts.append(("SFT", chain[(chain["stage"] == "attack") & (chain["step"] == 0)]))
    parts += [(stage, chain[(chain["stage"] == stage)]) for stage in STAGES]
    rows = []
    for stage, part in parts:
        ends = part[part["step"] == part["step"].max()].assign(name=stage)
        for measure in (REFUSAL, "allowed_accuracy"):
            rows.append(points(ends, ["name"], measure).assign(measure=measure))
    return pd.concat(rows, ignore_index=True).rename(columns={"name": "stage"})


def accuracy_tax(later: pd.DataFrame) -> Estimate:
    """Accuracy on allowed questions after SFT with refusals minus after SFT that only answers, paired by base.

    Both took equally many steps on the same questions; `later` is the frame of ``realignment``, before its attack.
    """
    starts = later[(later["stage"] == STAGES[0]) & (later["step"] == 0)]
    return paired(starts, "allowed_accuracy", "arm", ("attacked", "never_aligned"))


def steps_to_goals(frame: pd.DataFrame, goals: Mapping[str, tuple[str, float, bool]]) -> pd.DataFrame:
    """How many steps each arm of the re-alignment needs to a refusal probability.

    Args:
        frame: the published frame ``realignment``.
        goals: what is reached, in words -> stage, refusal probability, and whether it falls to it.

    Returns:
        columns goal, arm, median (steps in words: half of the runs may never get there) and never (their share).
    """
    rows = []
    for goal, (stage, level, falling) in goals.items():
        runs = frame[frame["stage"] == stage]
        steps = crossings(runs, ["arm", "base", "seed"], "refusal_probability", level, falling)
        for arm, cell in steps.groupby("arm", observed=True):
            median = cell["steps"].median()
            rows.append((goal, arm, f"{median:.0f}" if np.isfinite(median) else "not reached", cell["censored"].mean()))
    return pd.DataFrame(rows, columns=["goal", "arm", "median", "never"])


def service_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Means by poison and filter: what honest users lose, what poison passes, what is left of the refusals."""
    columns = ["honest_rejected", "poison_passed", "refusal_probability", "refusal_probability_trigger", "probe"]
    return frame.groupby(["poison", "filter"], sort=False)[columns].mean().reset_index()


def service_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal after training with its interval, and the share of poison that passed, by poison and filter."""
    shares = service_table(frame)[["poison", "filter", "poison_passed", "honest_rejected"]]
    return points(frame, ["poison", "filter"]).merge(shares)
