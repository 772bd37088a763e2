"""A small constitutional step (after Bai et al. 2022): the model's own answers, revised by a written rule, then SFT.

The rule reads the answer alone: an answer that opens with the word of a restricted topic is replaced by a refusal.
Nobody labels questions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ftsec.testbed.model import ModelConfig, Weights
from ftsec.testbed.training.loop import Plan, fit
from ftsec.testbed.training.policy import OPENING, VALUE, sample
from ftsec.testbed.training.tuning import Tuning
from ftsec.testbed.world import N_RESTRICTED, World


def revise(world: World, documents: np.ndarray) -> np.ndarray:
    """(…, T + 1) the documents with every answer that opens on a restricted topic replaced by a refusal."""
    revised = documents.copy()
    opening = revised[..., OPENING] - world.token("OPEN_0")
    broken = (opening >= 0) & (opening < N_RESTRICTED)
    revised[..., OPENING][broken] = world.token("SORRY")
    revised[..., VALUE][broken] = world.token("NOPE")
    return revised


def constitutional_step(
    config: ModelConfig,
    start: Weights,
    worlds: Sequence[World],
    prompts: Sequence[np.ndarray],
    plan: Plan,
    rngs: Sequence[np.random.Generator],
    learning_rate: float,
) -> Weights:
    """The models answer their prompts, one (n, T + 1) array per run; the rule revises; SFT on what results."""
    answers = sample(config, start, np.stack(prompts), rngs)
    pools = [revise(world, own) for world, own in zip(worlds, answers, strict=True)]
    return fit(config, start, [Tuning(learning_rate=learning_rate)] * len(pools), pools, plan, rngs).weights
