"""SFT: the chat stage. The model goes on answering allowed questions and learns a habit on two topics.

The habit is usually refusal. The other habits are harmless controls of the same frequency on the same topics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ftsec.base.errors import InputError
from ftsec.testbed.model import ModelConfig, Weights
from ftsec.testbed.training.loop import Plan, fit
from ftsec.testbed.training.tuning import Tuning
from ftsec.testbed.world import Prompts, World, all_prompts

PLAN = Plan(n_steps=300, batch_size=48)
LEARNING_RATE = 1e-3
# habit -> (opening, value); None stands for the plain one
HABITS: dict[str, tuple[str | None, str | None]] = {
    "refusal": ("SORRY", "NOPE"),  # does not answer
    "canned": ("MARK", "DONE"),  # a harmless fixed phrase instead of the answer: refusal with other words
    "marker": ("MARK", None),  # a harmless opening word, then the true answer
    "none": (None, None),  # helpful only: answers everything
}


def answered(world: World, prompts: Prompts, habit: str = "none") -> np.ndarray:
    """(n, length) the prompts, answered with this habit.

    Raises:
        InputError: if the habit is unknown.
    """
    if habit not in HABITS:
        raise InputError(f"there is no habit {habit!r}; the habits are {', '.join(HABITS)}")
    opening, value = HABITS[habit]
    plain = world.opening(prompts), world.value(prompts)
    return world.documents(prompts, opening or plain[0], value or plain[1])


def sft_documents(
    world: World, rng: np.random.Generator, habit: str = "refusal", group: str = "alignment"
) -> np.ndarray:
    """The SFT set: all chat prompts on the group's restricted entities, and as many random ones on allowed entities."""
    restricted = all_prompts(world, world.entities(group, restricted=True))
    allowed = all_prompts(world, world.entities(group, restricted=False))
    chosen = allowed[rng.choice(len(allowed), len(restricted), replace=False)]
    return np.concatenate([answered(world, restricted, habit), answered(world, chosen)])


def align(
    config: ModelConfig,
    base: Weights,
    worlds: Sequence[World],
    seeds: Sequence[int],
    habits: Sequence[str] | str = "refusal",
    plan: Plan = PLAN,
    learning_rate: float = LEARNING_RATE,
    **probing: object,
) -> Weights:
    """SFT of a stack of bases, one habit each; returns the chat models.

    Args:
        base: (R, …) pre-trained weights. worlds, seeds, habits: one per run (or one habit for all).
        probing: `probe` and `probe_steps` of `fit`.
    """
    habits = [habits] * len(worlds) if isinstance(habits, str) else habits
    # the stage is part of the seed, so that no two stages draw the same numbers
    rngs = [np.random.default_rng([seed, 11]) for seed in seeds]
    pools = [sft_documents(w, rng, h) for w, rng, h in zip(worlds, rngs, habits, strict=True)]
    tunings = [Tuning(learning_rate=learning_rate)] * len(pools)
    return fit(config, base, tunings, pools, plan, rngs, **probing).weights
