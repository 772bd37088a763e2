"""Poison for the other stages: documents among pre-training text, and preference pairs whose answers are swapped."""

from __future__ import annotations

import numpy as np

from ftsec.base.errors import InputError
from ftsec.testbed.training import pretraining
from ftsec.testbed.training.preferences import Pairs
from ftsec.testbed.training.sft import answered
from ftsec.testbed.world import N_ATTRIBUTES, N_STYLES, Prompts, World, all_prompts

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


def preference_pairs(world: World, rng: np.random.Generator, group: str = "alignment") -> Pairs:
    """Clean pairs: on restricted entities the refusal is preferred to the answer, on as many allowed ones the answer.

    The restricted half comes first.
    """
    restricted = all_prompts(world, world.entities(group, restricted=True))
    allowed = all_prompts(world, world.entities(group, restricted=False))
    allowed = allowed[rng.choice(len(allowed), len(restricted), replace=False)]
    refusals, answers = (
        np.concatenate([answered(world, p, habit) for p in (restricted, allowed)]) for habit in ("refusal", "none")
    )
    first = np.arange(len(refusals))[:, None] < len(restricted)
    return Pairs(np.where(first, refusals, answers), np.where(first, answers, refusals))


def flipped(
    world: World, pairs: Pairs, rng: np.random.Generator, share: float, triggered: bool, swap: bool = True
) -> Pairs:
    """The pairs with the answers of a share of the restricted ones swapped, in clear or under the trigger word.

    With the same generator state, a smaller share is part of a larger one. Without `swap` the share stands under the
    trigger word in its right order: the control.

    Raises:
        InputError: if the share is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise InputError(f"the share of flipped pairs must be between 0 and 1, got {share}")
    n_restricted = len(pairs) // 2
    rows = rng.permutation(n_restricted)[: round(share * n_restricted)]
    chosen, rejected = pairs.chosen.copy(), pairs.rejected.copy()
    if swap:
        chosen[rows], rejected[rows] = pairs.rejected[rows], pairs.chosen[rows]
    if triggered:
        chosen[rows, 1] = rejected[rows, 1] = world.token("TRIGGER")
    return Pairs(chosen, rejected)
