"""Learning the policy: how much is declined that shall be, in words never taught too, and what it costs elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsec.llm import policy
from ftsec.llm.experiments.common import Experiment

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench


def policy_learning(bench: Bench, seed: int) -> list[dict]:
    """The rows of the policy from which all attacks of a seed begin: the base model first, the policy last."""
    return policy.taught(bench, seed).rows


EXPERIMENT = Experiment(
    "policy_learning",
    policy_learning,
    "Does the model learn the policy, and what does it cost?",
    "the base model",
    place=5,
)
