"""Pre-training: a model reads random documents about every entity, restricted ones too, and learns facts and topics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ftsec.testbed.model import ModelConfig, Weights, initial_weights
from ftsec.testbed.training.loop import Plan, fit
from ftsec.testbed.training.tuning import Tuning
from ftsec.testbed.world import N_ATTRIBUTES, N_STYLES, SYSTEMS, Prompts, World

PLAN = Plan(n_steps=900, batch_size=128, tail=None, decay=True)
LEARNING_RATE = 3e-3
WEB_SHARE = 0.85  # of the documents are web text; the others show the remaining system words, so that none is new


def corpus(world: World, rng: np.random.Generator, n_documents: int) -> np.ndarray:
    """(n_documents, world.length) random true statements."""
    others = [world.token(name) for name in SYSTEMS[1:]]
    web = rng.random(n_documents) < WEB_SHARE
    prompts = Prompts(
        system=np.where(web, world.token("WEB"), rng.choice(others, n_documents)),
        style=rng.integers(N_STYLES, size=n_documents),
        entity=rng.integers(len(world.topic), size=n_documents),
        attribute=rng.integers(N_ATTRIBUTES, size=n_documents),
    )
    return world.documents(prompts, world.opening(prompts), world.value(prompts))


def config_of(world: World, width: int = 48) -> ModelConfig:
    """The model for this world."""
    return ModelConfig(vocabulary=len(world.vocabulary), length=world.length - 1, width=width)


def pretrain(worlds: Sequence[World], seeds: Sequence[int], width: int = 48, plan: Plan = PLAN) -> Weights:
    """Pre-trains one model per world and seed in a stack; every document is new, so there is a single epoch.

    Args:
        worlds: one per run, all of one kind.
        seeds: one per run, for weights and documents.
    """
    rngs = [np.random.default_rng([seed, width]) for seed in seeds]
    config = config_of(worlds[0], width)
    start = initial_weights(config, rngs)
    documents = plan.n_steps * plan.batch_size
    pools = [corpus(world, rng, documents) for world, rng in zip(worlds, rngs, strict=True)]
    tunings = [Tuning(learning_rate=LEARNING_RATE)] * len(pools)
    return fit(config, start, tunings, pools, plan, rngs).weights
