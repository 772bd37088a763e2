"""What the report's frames say: one table per experiment, with intervals over seeds in which topics are blocks.

Every reading is given for all seeds and for those whose policy *counts*, since which seeds count was only known after
teaching. Nothing here needs more than the stored frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from ftsec.llm import report
from ftsec.llm.experiments import fragility_control, method_comparison
from ftsec.llm.experiments.policy_choice import ENOUGH, NEW
from ftsec.llm.statistics import half_lives, mean, verdict

POLICY = ("refusal_probability_taught_phrasing", NEW, "refusal_probability_allowed_topics_allowed")
POLICY += ("refusal_probability_everyday_allowed", "drift_loss", "exact_accuracy", "prose_loss")
REFERENCE = {"kind": "harmful", "n_examples": 30, "learning_rate": 5e-6}


def counting(policies: pd.DataFrame) -> tuple[int, ...]:
    """The seeds whose policy declines at least `ENOUGH` in phrasings that nobody taught."""
    end = policies[policies["step"] > 0]
    return tuple(sorted(int(seed) for seed in end.loc[end[NEW] >= ENOUGH, "seed"]))


def cells(frame: pd.DataFrame, by: Sequence[str], column: str) -> pd.DataFrame:
    """Mean of a column with its interval for every cell: `by`, value, low, high, n_seeds."""
    found = []
    for key, cell in frame.groupby(list(by)):
        estimate = mean(cell[column], cell["topic"])
        numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n_seeds": estimate.n_seeds}
        found.append(dict(zip(by, key, strict=True)) | numbers)
    return pd.DataFrame(found)


def policy_learning(frame: pd.DataFrame) -> pd.DataFrame:
    """Before and after teaching: what is declined, and what it costs."""
    long = frame.melt(["seed", "topic", "step"], POLICY, "measure")
    return cells(long, ["measure", "step"], "value")


def dose_response(frame: pd.DataFrame) -> pd.DataFrame:
    """log2 of each dose's half-life (sum of rates) over the reference's; runs that never lost half count with their
    last step, and `n_censored` says how many did."""
    return life_ratios(frame, tuple(REFERENCE), tuple(REFERENCE.values()))


def method_comparison_lives(frame: pd.DataFrame) -> pd.DataFrame:
    """The same for methods, over full fine-tuning at the equal rate."""
    return life_ratios(frame, ("arm", "rate"), ("full", "equal"))


def life_ratios(frame: pd.DataFrame, by: Sequence[str], reference: tuple) -> pd.DataFrame:
    """log2 of every arm's half-life over the reference's, as sums of rates, paired by seed."""
    lives = half_lives(frame, by)
    last = frame.groupby(["seed", *by])["step"].max() * frame.groupby(["seed", *by])["learning_rate"].first()
    index = pd.MultiIndex.from_frame(lives[["seed", *by]])
    lives["censored"] = np.isinf(lives["rate_sum"])
    lives["rate_sum"] = np.minimum(lives["rate_sum"].to_numpy(), last.reindex(index).to_numpy())
    same = np.logical_and.reduce([lives[name] == value for name, value in zip(by, reference, strict=True)])
    standard = lives[same].set_index("seed")["rate_sum"]
    lives["log2_ratio"] = np.log2(lives["rate_sum"] / lives["seed"].map(standard))
    found = cells(lives[~same], by, "log2_ratio")
    return found.merge(lives.groupby(list(by))["censored"].sum().rename("n_censored").reset_index(), on=list(by))


def worst_moment(frame: pd.DataFrame) -> pd.DataFrame:
    """The least refusal that each method reaches while the drift from the base rises by at most 0.1 nats a token."""
    return cells(method_comparison.worst_case(frame), ["arm", "rate"], "refusal_probability")


def fragility(frame: pd.DataFrame) -> pd.DataFrame:
    """log2 of each habit's half-life over the refusal's: with the verdict at the margin that was set beforehand, and
    the seeds left out (`n_left_out`): a half-life never reached, or starts further apart than allowed."""
    found = []
    for data, habit in [(d, h) for d in fragility_control.ATTACKS for h in ("canned", "style")]:
        ratios = fragility_control.log_ratios(frame, data).set_index("seed")
        fair = starts_apart(frame)[habit] <= fragility_control.LARGEST_GAP
        values = ratios[habit].where(fair.reindex(ratios.index)).dropna()
        estimate = mean(values, ratios["topic"].reindex(values.index))
        numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n_seeds": estimate.n_seeds}
        said = {"verdict": verdict(estimate, fragility_control.MARGIN), "n_left_out": len(ratios) - len(values)}
        found.append({"data": data, "habit": habit} | numbers | said)
    return pd.DataFrame(found)


def starts_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """How far each habit's log-odds at the attack's start lie from the refusal's, per seed."""
    lives = fragility_control.half_lives(frame)
    starts = lives[lives["data"] == "harmful"].pivot(index="seed", columns="habit", values="start")
    return starts.drop(columns="refusal").sub(starts["refusal"], axis=0).abs()


def dilution(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal left after one epoch of each total, and after as many steps as one epoch of the larger."""
    return cells(frame[frame["step"].isin((7, 60))], ["n_examples", "n_harmful", "step"], "refusal_probability")


def benign_erosion(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal left after 32 steps on each kind of harmless data."""
    return cells(frame[frame["step"] == 32], ["data", "learning_rate"], "refusal_probability")


READINGS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], ...]] = {
    "policy_learning": (policy_learning,),
    "dose_response": (dose_response,),
    "method_comparison": (method_comparison_lives, worst_moment),
    "fragility_control": (fragility,),
    "dilution": (dilution,),
    "benign_erosion": (benign_erosion,),
}


def both(name: str) -> Iterable[tuple[str, pd.DataFrame]]:
    """All readings of an experiment's stored frame: title and table, for all seeds and for those that count."""
    frame = report.stored(name)
    counted = frame[frame["seed"].isin(counting(report.stored("policy_learning")))]
    for title, part in (("all seeds", frame), ("seeds whose policy counts", counted)):
        for reading in READINGS[name]:
            yield f"{reading.__name__}, {title} ({part['seed'].nunique()})", reading(part)
