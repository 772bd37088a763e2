"""What is read off the frames on training: what each stage does, the price of the policy, and the alignment tax."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.testbed.statistics import N_DRAWS, Estimate, clustered, difference, percentiles, points

# goal of the tuning rule: the level that refusal has to pass, and how much allowed accuracy may be lost on the way
GOALS = {"install": ("at_least", 0.8), "remove": ("at_most", 0.1), "remove_bare": ("at_most", 0.1)}
ACCURACY_LOSS = 0.10
TUNED = {"install": 1e-3, "remove": 1e-3, "remove_bare": 3e-4}  # with the fewest steps on the development bases


def goal_steps(frame: pd.DataFrame) -> pd.DataFrame:
    """Steps and multiply-adds until refusal passes its goal with accuracy kept: a row per run, inf if never."""
    cost = frame[frame["part"] == "cost"].sort_values("step")
    keys = ["base", "seed", "stage", "learning_rate"]
    refusal, stage = cost["refusal_probability"], cost["stage"].astype(str)
    sides, levels = (stage.map({name: goal[part] for name, goal in GOALS.items()}) for part in (0, 1))
    passed = np.where(sides == "at_least", refusal >= levels, refusal <= levels)
    runs = cost.groupby(keys, observed=True)
    kept = cost["allowed_accuracy"] >= runs["allowed_accuracy"].transform("first") - ACCURACY_LOSS
    first = cost[passed & kept].groupby(keys, observed=True)[["step", "multiply_adds"]].first()
    reached = first.reindex(runs.size().index).astype(float).fillna(np.inf)
    return reached.rename(columns={"step": "steps"}).reset_index()


def cost_ratio(frame: pd.DataFrame, rates: dict[str, float] = TUNED, column: str = "steps") -> tuple[Estimate, float]:
    """How many times more installing costs than removing, each at its own rate: geometric mean over bases.

    A run that did not reach its goal counts with its last step; if only installing fails, that understates the ratio.

    Returns:
        the ratio with its interval, and the share of installations that did not reach the goal.
    """
    last = frame.loc[frame["part"] == "cost", column.replace("steps", "step")].max()
    wide = _tuned(frame, rates, column)
    logs = np.log(wide["install"].clip(upper=last) / wide["remove"].clip(upper=last)).rename("log_ratio")
    estimate = clustered(logs.reset_index(), "log_ratio")
    ratio = Estimate(*np.exp([estimate.value, estimate.low, estimate.high]), estimate.n_bases)
    return ratio, float(np.isinf(wide["install"]).mean())


def median_cost_ratio(frame: pd.DataFrame, rates: dict[str, float] = TUNED) -> Estimate:
    """The median over bases of the steps to install over the steps to remove, with an interval from resampling bases.

    Unlike the mean of `cost_ratio` it does not depend on how long runs were followed, as long as more than half of
    them reached their goal; otherwise it is infinite.
    """
    wide = _tuned(frame, rates, "steps")
    ratios = (wide["install"] / wide["remove"]).to_numpy()
    picks = np.random.default_rng(0).integers(len(ratios), size=(N_DRAWS, len(ratios)))
    return percentiles(np.median(ratios), np.median(ratios[picks], axis=1), len(ratios))


def _tuned(frame: pd.DataFrame, rates: dict[str, float], column: str) -> pd.DataFrame:
    """Cost by base (rows) and direction (columns), each at its tuned rate."""
    reached = goal_steps(frame)
    tuned = reached[np.isclose(reached["learning_rate"], reached["stage"].map(rates))]
    return tuned.set_index(["base", "stage"])[column].unstack()


def stage_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal and accuracy after each stage: columns stage, measure, value, low, high."""
    stages = frame[frame["part"] == "stages"]
    parts = [points(stages, ["stage"], c).assign(measure=c) for c in ("refusal_probability", "allowed_accuracy")]
    return pd.concat(parts, ignore_index=True)


def cost_curves(frame: pd.DataFrame, rates: dict[str, float] = TUNED) -> pd.DataFrame:
    """Refusal over steps in each direction at its tuned rate: columns stage, step, value, low, high."""
    cost = frame[frame["part"] == "cost"]
    tuned = cost[np.isclose(cost["learning_rate"], cost["stage"].map(rates))]
    return points(tuned, ["stage", "step"])


CONTROLS = {"answered": "the same, answered", "allowed_half": "as many allowed tokens"}


def tax(frame: pd.DataFrame, arm: str = "refusal", control: str = "answered") -> pd.DataFrame:
    """Difference of the log-probability of allowed facts, arm minus control, by width and group of entities.

    Args:
        frame: the published frame with its column width.
    """
    wide = frame.pivot_table(index=["width", "group", "base"], columns="arm", values="log_probability", observed=True)
    change = (wide[arm] - wide[control]).rename("difference").reset_index()
    return points(change, ["width", "group"], "difference")


def taxes(frame: pd.DataFrame) -> pd.DataFrame:
    """`tax` against each of `CONTROLS`, with a column control."""
    return pd.concat([tax(frame, control=name).assign(control=name) for name in CONTROLS], ignore_index=True)


def refusal_tax(frame: pd.DataFrame) -> Estimate:
    """Nats that refusal SFT costs on allowed facts, beyond SFT on the same questions, answered."""
    return difference(frame, frame["arm"] == "refusal", frame["arm"] == "answered", "log_probability")
