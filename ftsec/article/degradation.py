"""What fine-tuning costs in safety: the model of "The Qi et al. Attack" (comparison)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ftsec.article.checks import Number, require_epochs, require_quantities

METHOD_FACTORS = {"full": 1.0, "lora": 0.4, "prefix_tuning": 0.3}
UNKNOWN_METHOD_FACTOR = 1.0
LEARNING_RATE_UNIT = 1e-5
LEARNING_RATE_CAP = 2.0
EPOCH_CAP = 3.0
PRINTED_CEILING = 0.8  # called a ceiling in print, used as a factor
SAFETY_FLOOR = 0.05
RISK_LIMITS = ((0.3, "critical"), (0.5, "high"), (0.7, "medium"))  # below -> level; else "low"


@dataclass(frozen=True)
class FineTuningConfig:
    """A fine-tuning run, in the printed names.

    Attributes:
        name: label of the scenario.
        num_examples, num_harmful_examples: size of the set, harmful ones in it (may exceed it).
        learning_rate: step size of the optimiser.
        num_epochs: passes over the set, at least 1.
        method: ``full``, ``lora`` or ``prefix_tuning``; any other text counts as ``full``.
    """

    name: str
    num_examples: Number
    num_harmful_examples: Number
    learning_rate: float
    num_epochs: Number
    method: str


SCENARIOS: tuple[FineTuningConfig, ...] = (
    FineTuningConfig("benign_full_ft", 10_000, 0, 2e-5, 3, "full"),
    FineTuningConfig("benign_lora", 10_000, 0, 2e-4, 3, "lora"),
    FineTuningConfig("100_harmful_full", 10_000, 100, 2e-5, 3, "full"),
    FineTuningConfig("100_harmful_lora", 10_000, 100, 2e-4, 3, "lora"),
    FineTuningConfig("1000_harmful_full", 10_000, 1000, 2e-5, 3, "full"),
    FineTuningConfig("only_harmful", 100, 100, 2e-5, 10, "full"),
    FineTuningConfig("high_lr_harmful", 10_000, 100, 2e-4, 3, "full"),
)


@dataclass(frozen=True)
class DegradationEstimate:
    """What the printed model says of one run; all scores are shares, 1 is perfect safety.

    Attributes:
        config_name, base_safety: the run's name and the score it started from.
        estimated_degradation: what the model subtracts; it is not limited to 1.
        final_safety: the score afterwards, at least 0.05.
        safety_retained: final over base.
        risk_level: ``critical`` below 0.3, ``high`` below 0.5, ``medium`` below 0.7, else ``low``.
    """

    config_name: str
    base_safety: float
    estimated_degradation: float
    final_safety: float
    safety_retained: float
    risk_level: str


def estimate_degradation(config: FineTuningConfig, base_safety_score: float = 0.9) -> DegradationEstimate:
    """Safety after one fine-tuning run, as the printed code computes it.

    Defects kept: the learning-rate factor saturates at 2e-5, the smallest rate used, so a tenfold rate
    changes nothing; the "ceiling" of 0.8 is only a factor (the only-harmful scenario degrades by 4.8);
    benign data costs nothing; the harmful *fraction* counts, so 100 harmful examples among 10,000 leave 96
    % of safety; the floor of 0.05 lifts a base below it.

    Raises:
        ValueError: if a number is NaN, infinite or negative, or `num_epochs` is below 1.
        ZeroDivisionError: if `base_safety_score` is zero, as in the printed code.
    """
    _check(config, base_safety_score)
    degradation = (
        config.num_harmful_examples
        / max(config.num_examples, 1)
        * METHOD_FACTORS.get(config.method, UNKNOWN_METHOD_FACTOR)
        * learning_rate_factor(config.learning_rate)
        * epoch_factor(config.num_epochs)
        * PRINTED_CEILING
    )
    final = max(SAFETY_FLOOR, base_safety_score - degradation)
    return DegradationEstimate(
        config_name=config.name,
        base_safety=base_safety_score,
        estimated_degradation=degradation,
        final_safety=final,
        safety_retained=final / base_safety_score,
        risk_level=risk_level(final),
    )


def learning_rate_factor(learning_rate: float) -> float:
    """Printed as "higher rate, more damage"; reaches its cap of 2 at a rate of 2e-5 already."""
    return min(LEARNING_RATE_CAP, learning_rate / LEARNING_RATE_UNIT)


def epoch_factor(num_epochs: Number) -> float:
    """Grows with the logarithm of the epochs; reaches its cap of 3 after e² = 7.4 epochs."""
    return min(EPOCH_CAP, 1.0 + math.log1p(num_epochs - 1))


def risk_level(final_safety: float) -> str:
    """The printed level of a final safety score."""
    return next((level for limit, level in RISK_LIMITS if final_safety < limit), "low")


def _check(config: FineTuningConfig, base_safety_score: float) -> None:
    require_quantities(
        num_examples=config.num_examples,
        num_harmful_examples=config.num_harmful_examples,
        learning_rate=config.learning_rate,
        base_safety_score=base_safety_score,
    )
    require_epochs(config.num_epochs)


@dataclass(frozen=True)
class Finding:
    """A finding that the article ascribes to Qi et al. 2024 (not all of them are in the paper)."""

    name: str
    claim: str


ATTRIBUTED_FINDINGS: tuple[Finding, ...] = (
    Finding("few_examples_suffice", "100 adversarial examples already cost much of a model's safety"),
    Finding("benign_data_erodes", "fine-tuning without any harmful intent can cost safety as well"),
    Finding("persists_after_safety_training", "later safety training does not bring safety back"),
    Finding("learning_rate_and_epochs", "a high learning rate or many epochs make the loss larger"),
)
