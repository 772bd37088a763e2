"""Does harmless data undo refusals? Format (old, new) x nearness to the restricted topics, against more SFT."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks, bases
from ftsec.testbed.experiments.common import Base, Experiment, FineTuning, Setting, fine_tune_grid, generator
from ftsec.testbed.measures import judge
from ftsec.testbed.model import Weights
from ftsec.testbed.training import Plan, Tuning, sft
from ftsec.testbed.world import Prompts

ARMS = {  # name -> (which examples, new format)
    "old_random": ("random", False), "old_near": ("near", False), "old_far": ("far", False),
    "new_random": ("random", True), "new_near": ("near", True), "new_far": ("far", True),
    "control": ("sft", False),
}  # fmt: skip
LEARNING_RATES = (3e-4, 1e-3)  # the second is full fine-tuning's own rate for a benign task
N_EXAMPLES, N_STEPS = 100, 80
PROBES = (0, 5, 10, 20, 40, 80)


def benign_erosion(
    setting: Setting, arms: Sequence[str] = tuple(ARMS), learning_rates: Sequence[float] = LEARNING_RATES
) -> pd.DataFrame:
    """Full fine-tuning on 100 allowed examples of the attacker's group.

    ``near`` and ``far`` are the examples that the chat model itself is most and least inclined to refuse; the
    control goes on with SFT data.

    Returns:
        columns base, seed, arm, learning_rate, step and the measures.
    """
    return fine_tune_grid(setting, _run, product(arms, learning_rates), Plan(N_STEPS), PROBES)


def _run(base: Base, seed: int, arm: str, learning_rate: float) -> FineTuning:
    questions = base.questions(opening="NEW" if ARMS[arm][1] else None)
    condition = {"arm": arm, "learning_rate": learning_rate}
    return FineTuning(
        base, seed, base.chat(), _pool(base, seed, arm), Tuning(learning_rate=learning_rate), condition, questions
    )


def _pool(base: Base, seed: int, arm: str) -> np.ndarray:
    which, new_format = ARMS[arm]
    rng = generator(base, seed)
    if which == "sft":
        return rng.permutation(sft.sft_documents(base.world, rng))[:N_EXAMPLES]
    return attacks.benign(base.world, _chosen(base, rng, which), new_format)


def _chosen(base: Base, rng: np.random.Generator, which: str) -> Prompts:
    """100 allowed prompts; near and far ones are drawn from the nearest and farthest third, so that seeds differ."""
    prompts = attacks.attacker_prompts(base.world, restricted=False)
    if which == "random":
        return attacks.draw(prompts, rng, N_EXAMPLES)
    order = np.argsort(nearness(base, prompts))
    third = len(order) // 3
    return attacks.draw(prompts[order[-third:] if which == "near" else order[:third]], rng, N_EXAMPLES)


def nearness(base: Base, prompts: Prompts) -> np.ndarray:
    """(n,) log-probability that the chat model opens its answer with a refusal."""
    documents = sft.answered(base.world, prompts, "refusal")
    weights = Weights(base.config.shapes(), base.chat()[None])
    return judge(base.config, weights, documents[None])[1][0, :, 0]


EXPERIMENT = Experiment(
    "benign_erosion",
    benign_erosion,
    "Does fine-tuning on harmless examples lower refusals, and does it matter which examples?",
)

REPEAT = Experiment(
    "erosion_seeds",
    benign_erosion,
    "How much of the spread between runs lies between bases, and how much between fine-tuning seeds?",
    (Setting(bases=bases.REPORT_SEEDS[:20], seeds=(0, 1, 2)),),
    {"arms": ("old_random", "new_random"), "learning_rates": (1e-3,)},
)
