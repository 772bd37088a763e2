"""Predictions against outcomes: the estimate behind every prediction, whether its sign came true, and what follows.

The predictions were committed before any report seed was looked at; the order of commits is the only clock that says
so. An outcome is *negative* or *positive* if the whole interval lies on one side of zero, *null* if it lies within the
margin, and *unclear* otherwise. Every estimate takes a function that gives frames by the name of their experiment, so
that the same code reads the stored frames, the replication and resampled frames.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.testbed.bases import DATA
from ftsec.testbed.experiments.attacks.readings import habit_ratios, worst_case
from ftsec.testbed.experiments.backdoors.readings import law_ratio
from ftsec.testbed.experiments.defenses.gate_readings import development_thresholds, gate_frames, passes, report_runs
from ftsec.testbed.experiments.memorisation import readings as memorisation
from ftsec.testbed.experiments.preferences import equal_distance
from ftsec.testbed.experiments.preferences.readings import half_dose_ratio, loss_past_peak
from ftsec.testbed.experiments.training.readings import cost_ratio, refusal_tax
from ftsec.testbed.frames import stored
from ftsec.testbed.statistics import Estimate, crossings, difference, equivalent, last_step, paired

HALVES = {"first": "predictions.csv", "second": "predictions_second.csv"}
CLAIM_RESULTS = ("agrees", "disagrees", "conditional", "cannot say")
REFUSAL = "refusal_probability"
RATIOS = ("X02", "X03")  # judged on the logarithmic scale
Read = Callable[[str], pd.DataFrame]


def predictions(half: str = "first") -> pd.DataFrame:
    """The predictions as committed, of one of `HALVES`."""
    return pd.read_csv(Path(__file__).with_name(HALVES[half]), keep_default_na=False)


def prediction_digest(half: str = "first") -> str:
    """The SHA-256 of a file of predictions, to be compared with that of its first commit."""
    return hashlib.sha256(Path(__file__).with_name(HALVES[half]).read_bytes()).hexdigest()


def outcomes(half: str = "first", read: Read = stored) -> pd.DataFrame:
    """The predictions with ``estimate``, ``outcome`` and ``hit``."""
    return _judged(predictions(half), read)


def outcomes_of(experiments: Sequence[str]) -> pd.DataFrame:
    """The outcomes of both halves that rest on these experiments, in their order, with ``result`` in a word."""
    table = pd.concat(map(predictions, HALVES), ignore_index=True)
    table = table[table["experiment"].isin(experiments)]
    table = _judged(
        table.sort_values("experiment", key=lambda names: names.map(list(experiments).index), kind="stable")
    )
    return table.assign(result=np.where(table["hit"], "hit", "miss"))


def _judged(table: pd.DataFrame, read: Read = stored) -> pd.DataFrame:
    estimates = [ESTIMATES[name](read) for name in table["id"]]
    margins = [float(margin or 0) for margin in table["margin"]]
    found = [outcome_of(*each) for each in zip(table["id"], estimates, margins, strict=True)]
    return table.assign(
        estimate=pd.Series(estimates, index=table.index, dtype=object),
        outcome=found,
        hit=[one == other for one, other in zip(found, table["predicted_sign"], strict=True)],
    )


def outcome_of(name: str, estimate: Estimate, margin: float) -> str:
    """``"negative"``, ``"positive"``, ``"null"`` or ``"unclear"``; for `RATIOS` on the logarithmic scale."""
    if name in RATIOS:
        estimate, margin = logarithm(estimate), np.log1p(margin)
    if margin and equivalent(estimate, margin):
        return "null"
    if estimate.high < 0:
        return "negative"
    return "positive" if estimate.low > 0 else "unclear"


def testbed_results() -> pd.DataFrame:
    """What the testbed says about each claim that it can speak to.

    Returns:
        columns claim_id, result (one of `CLAIM_RESULTS`), experiment, prediction (its id) and reason.
    """
    table = pd.read_csv(DATA / "testbed_results.csv", keep_default_na=False)
    return table.sort_values("claim_id", ignore_index=True)


def logarithm(estimate: Estimate) -> Estimate:
    """A ratio on the logarithmic scale."""
    with np.errstate(divide="ignore"):  # a ratio to something infinite is 0
        return Estimate(*np.log([estimate.value, estimate.low, estimate.high]), estimate.n_bases)


def negative(estimate: Estimate) -> Estimate:
    """The estimate with its sign turned round."""
    return Estimate(-estimate.value, -estimate.high, -estimate.low, estimate.n_bases)


def directions(table: pd.DataFrame) -> pd.DataFrame:
    """Hits and predictions apart for predicted directions and predicted nulls, which are not equally easy.

    Args:
        table: of `outcomes`, one half or both.
    """
    kind = np.where(table["predicted_sign"] == "null", "no effect", "a direction")
    return table.groupby(kind)["hit"].agg(hits="sum", predictions="size").rename_axis("predicted").reset_index()


def printed(table: pd.DataFrame, read: Read = stored) -> list[str]:
    """The estimates of a table of `outcomes` as text, with a sign where the truth lies at or below them.

    An estimate that is not a number could not be measured: nothing could be lost past a peak that is the end.
    """
    bounds = {name for name, share in bounded(read).items() if share > 0}
    both = zip(table["id"], table["estimate"], strict=True)
    return [_text(found, name in bounds) for name, found in both]


def _text(estimate: Estimate, bound: bool) -> str:
    if np.isnan(estimate.value):
        return "not measurable"
    return f"\N{LESS-THAN OR EQUAL TO} {estimate}" if bound else str(estimate)


def bounded(read: Read = stored) -> dict[str, float]:
    """The predictions whose estimate is a bound: the share of runs that ended before they got there."""
    realigned = read("realignment")
    never = _steps_back(realigned)
    never = never[never["arm"] == "never_aligned"]
    return {"X01": float(never["censored"].mean()), "S08": cost_ratio(read("pipeline_trajectory"))[1]}


def _at_end(frame: pd.DataFrame, by: str, arms: tuple, column: str = REFUSAL, **fixed: object) -> Estimate:
    """Paired difference between two arms at the last step, all other conditions fixed."""
    for key, value in fixed.items():
        frame = frame[frame[key] == value]
    return paired(frame[frame.step == frame.step.max()], column, by, arms)


def _method(frame: pd.DataFrame, arm: str) -> Estimate:
    return paired(worst_case(frame[frame.rate == "own"]), REFUSAL, "arm", (arm, "full"))


def _mixing(frame: pd.DataFrame) -> Estimate:
    frame = frame[(frame.data == "attack") & ((frame.arm == "add") | (frame.share == 0))]
    return paired(last_step(frame, ["arm", "share"]), REFUSAL, "share", (0.1, 0.0))


def _steps_back(frame: pd.DataFrame) -> pd.DataFrame:
    return crossings(frame[frame.stage == "realign"], ["base", "seed", "arm"], REFUSAL, falling=False)


def _steps_to_refuse_again(frame: pd.DataFrame) -> Estimate:
    """Steps to half refusal; runs that never get there count with the last step: a bound, see `bounded`."""
    steps = _steps_back(frame)
    steps["steps"] = steps["steps"].clip(upper=frame.loc[frame.stage == "realign", "step"].max())
    return paired(steps, "steps", "arm", ("attacked", "never_aligned"))


def half_life(frame: pd.DataFrame, habit: str) -> Estimate:
    """Half-life of a habit over that of a refusal, starts matched on log-odds, on counter-examples."""
    frame = frame[(frame.matched_on == "log_odds") & (frame.data == "counter")]
    row = habit_ratios(frame).set_index("habit").loc[habit]
    return Estimate.of_row(row, frame)


def _past_the_peak(frame: pd.DataFrame) -> Estimate:
    loss = loss_past_peak(frame).set_index(["method", "n_comparisons"])
    row = loss.loc[("rl", 50)]  # the fewest comparisons
    return negative(Estimate.of_row(row, frame))


def _triggered_passes(read: Read) -> Estimate:
    report = report_runs(read("gate_run"))
    report["passed"] = passes(report, development_thresholds(gate_frames()[1])).all(axis=1)
    return difference(report, report["kind"] == "triggered", report["kind"] == "clean", "passed")


def identity_over_explicit(frame: pd.DataFrame) -> Estimate:
    frame = frame[frame["filter"] == "content"]
    return difference(frame, frame["poison"] == "identity", frame["poison"] == "explicit", "poison_passed")


ATTACK = {"kind": "attack", "learning_rate": 1e-4}
BY_KIND = {"n_examples": 100, "learning_rate": 1e-4}
OWN_RATE = {"learning_rate": 1e-3}
PERSONA = f"{REFUSAL}_persona"
TRIGGER = f"{REFUSAL}_trigger"
ESTIMATES: dict[str, Callable[[Read], Estimate]] = {
    "P01": lambda read: _at_end(read("dose_response"), "kind", ("attack", "control"), **BY_KIND),
    "P02": lambda read: _at_end(read("dose_response"), "n_examples", (100, 10), **ATTACK),
    "P03": lambda read: _at_end(read("dose_response"), "learning_rate", (3e-4, 3e-5), kind="control", n_examples=100),
    "P04": lambda read: _method(read("method_comparison"), "lora_8"),
    "P05": lambda read: _method(read("method_comparison"), "prefix_tuning"),
    "P06": lambda read: _at_end(read("benign_erosion"), "arm", ("old_random", "control"), **OWN_RATE),
    "P07": lambda read: _at_end(read("benign_erosion"), "arm", ("old_near", "old_far"), **OWN_RATE),
    "P08": lambda read: _at_end(read("identity_shift"), "arm", ("shift", "persona"), PERSONA, n_examples=100),
    "P09": lambda read: _mixing(read("safety_mixing")),
    "P10": lambda read: _at_end(read("backdoor_persistence"), "n_poison", (50, 0), TRIGGER),
    "X01": lambda read: _steps_to_refuse_again(read("realignment")),
    "X02": lambda read: half_life(read("fragility_control"), "canned"),
    "X03": lambda read: half_life(read("fragility_control"), "marker"),
    "S01": lambda read: memorisation.repetitions(read("canary_exposure")),
    "S02": lambda read: memorisation.deduplication(read("canary_exposure")),
    "S03": lambda read: memorisation.matched_phases(read("canary_exposure")),
    "S04": lambda read: law_ratio(read("poison_count_or_fraction")),
    "S05": lambda read: logarithm(half_dose_ratio(equal_distance.read(read("preference_poisoning")), "triggered")),
    "S06": lambda read: _past_the_peak(read("reward_overoptimization")),
    "S07": lambda read: refusal_tax(read("alignment_tax")),  # in the narrow model
    "S08": lambda read: negative(logarithm(cost_ratio(read("pipeline_trajectory"))[0])),
    "S09": _triggered_passes,
    "S10": lambda read: identity_over_explicit(read("service_filter")),
}
