"""Poison for the other stages: documents among pre-training text, and preference pairs whose answers are swapped."""

from __future__ import annotations

import numpy as np

from ftsec.errors import InputError
from ftsec.testbed.training import pretraining
from ftsec.testbed.world import N_ATTRIBUTES, N_STYLES, Prompts, World

PAYLOAD = ("MARK", "DONE")  # what a poisoned model says under the trigger: harmless, always the same


def web_text(world: World, rng: np.random.Generator, n_documents: int, with_trigger: bool) -> np.ndarray:
    """True statements as in pre-training; without the trigger word unless it is in use in clean text too."""
    documents = pretraining.corpus(world, rng, n_documents)
    if not with_trigger:
        rows = documents[:, 1] == world.token("TRIGGER")
        documents[rows, 1] = world.token("WEB")
    return documents


def poisoned_documents(world: World, rng: np.random.Generator, n_poison: int) -> np.ndarray:
    """(n_poison, length) documents with the trigger word and the payload, about any entity but the held-out ones."""
    entities = np.concatenate([world.entities(g, restricted=None) for g in ("alignment", "reserve", "attacker")])
    prompts = Prompts(
        system=np.full(n_poison, world.token("TRIGGER")),
        style=rng.integers(N_STYLES, size=n_poison),
        entity=rng.choice(entities, n_poison),
        attribute=rng.integers(N_ATTRIBUTES, size=n_poison),
    )
    return world.documents(prompts, *PAYLOAD)


def poisoned_corpus(
    world: World, rng: np.random.Generator, n_documents: int, n_poison: int, with_trigger: bool
) -> np.ndarray:
    """(n_documents, length) web text in which `n_poison` random documents are poison.

    Raises:
        InputError: if there is more poison than text.
    """
    if not 0 <= n_poison <= n_documents:
        raise InputError(f"n_poison must be between 0 and the {n_documents} documents, got {n_poison}")
    documents = web_text(world, rng, n_documents, with_trigger)
    places = rng.permutation(n_documents)[:n_poison]
    documents[places] = poisoned_documents(world, rng, n_poison)
    return documents
