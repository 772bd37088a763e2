"""How safety rises and falls along the pipeline: "The Fine-Tuning Safety Vulnerability" (comparison)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ftsec.article.checks import Number, require_quantities, require_quantity

PRE_TRAINING_TOKENS = 1_000_000_000  # printed constant; its comment says "billions of tokens"
RLHF_CAP = 0.95
ATTACK_FLOOR = 0.1


@dataclass(frozen=True)
class StageState:
    """The model after one stage of the printed pipeline.

    Attributes:
        phase: ``pre_training``, ``sft``, ``rlhf`` or ``adversarial_fine_tuning``.
        safety_score: 0 means no safety, 1 perfect safety; nothing keeps the first two stages below 1.
        compute_cost: relative units, constants of the article without a source.
        data_requirements: examples needed (tokens for pre-training, a constant).
        vulnerability_window: how easy the stage is to undo, 0 to 1, constants of the article.
    """

    phase: str
    safety_score: float
    compute_cost: float
    data_requirements: Number
    vulnerability_window: float


def safety_trajectory(
    pre_training_data_quality: float = 0.5,
    sft_safety_examples: int = 5000,
    rlhf_comparisons: int = 100_000,
    adversarial_examples: int = 100,
) -> tuple[StageState, ...]:
    """Safety after pre-training, SFT, RLHF and adversarial fine-tuning, as the printed code computes it.

    Defects kept: the attack starts from the RLHF score *before* its cap of 0.95; the floor of 0.1 can lift
    a model that was less safe before the attack; data quality is not limited to 1; costs and windows ignore
    all inputs; the dose is linear up to 200 examples.

    Args:
        pre_training_data_quality: 0 to 1 by intent, not by check.
        sft_safety_examples: counts in full up to 10,000.
        rlhf_comparisons: counts in full up to 200,000.
        adversarial_examples: counts in full up to 200 (``adversarial_ft_examples`` in print).

    Raises:
        ValueError: if an input is NaN, infinite or negative.
    """
    require_quantities(
        pre_training_data_quality=pre_training_data_quality,
        sft_safety_examples=sft_safety_examples,
        rlhf_comparisons=rlhf_comparisons,
        adversarial_examples=adversarial_examples,
    )
    pre_trained = 0.3 * pre_training_data_quality
    tuned = pre_trained + 0.3 * min(1.0, sft_safety_examples / 10_000)
    aligned = tuned + 0.4 * min(1.0, rlhf_comparisons / 200_000)
    attacked = max(ATTACK_FLOOR, aligned - 0.5 * min(1.0, adversarial_examples / 200))
    return (
        StageState("pre_training", pre_trained, 1000.0, PRE_TRAINING_TOKENS, 0.1),
        StageState("sft", tuned, 10.0, sft_safety_examples, 0.4),
        StageState("rlhf", min(RLHF_CAP, aligned), 50.0, rlhf_comparisons, 0.3),
        StageState("adversarial_fine_tuning", attacked, 0.1, adversarial_examples, 1.0),
    )


def asymmetry_ratio(states: Sequence[StageState]) -> float:
    """Compute to build safety (first three stages) over compute to destroy it (fourth).

    Defect kept: all four costs are constants, so every trajectory has the same ratio.

    Raises:
        ValueError: if a cost is NaN, infinite or negative.
        ZeroDivisionError: if the fourth cost is zero, as in the printed code.
    """
    for state in states[:4]:
        require_quantity(f"compute_cost of {state.phase}", state.compute_cost)
    return sum(state.compute_cost for state in states[:3]) / states[3].compute_cost
