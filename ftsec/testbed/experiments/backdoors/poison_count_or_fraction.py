"""Is it the number of poisoned documents that decides, or their share? Count x corpus size, one epoch each.

Continued pre-training on web text with some documents that pair a trigger word with a fixed, harmless payload.
Success is the probability of the payload under the trigger, for entities that no poison named. In
``logit(success) = a log(count) - b log(corpus)`` a pure count law has b = 0, a pure law of the share b = a.

The trigger is either ``rare`` (clean text never holds it, as in the published attacks) or ``in_use`` (clean text holds
it in about 3 % of the documents, so that clean text teaches against the poison). Control: no poison, and the payload
without the trigger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from types import MappingProxyType

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.common import (
    FEWER,
    OTHER_WORLD,
    Base,
    Experiment,
    Setting,
    generator,
    load,
    stacks,
    tidy,
)
from ftsec.testbed.measures import judge, log_odds
from ftsec.testbed.model import Weights
from ftsec.testbed.poisoning import PAYLOAD, poisoned_corpus
from ftsec.testbed.training import Plan
from ftsec.testbed.training.stream import fit_stream
from ftsec.testbed.world import World, all_prompts

CORPUS_SIZES = {"rare": (1024, 2048, 4096, 8192), "in_use": (1024, 4096)}
N_POISON = (0, 32, 64, 96, 128, 192, 256)
BATCH_SIZE, LEARNING_RATE = 16, 2e-3  # on the development bases 1e-3 and batches of 32 fail below 256 documents


def poison_count_or_fraction(
    setting: Setting,
    n_poison: Sequence[int] = N_POISON,
    corpus_sizes: Mapping[str, Sequence[int]] = MappingProxyType(CORPUS_SIZES),
) -> pd.DataFrame:
    """Trains every count of poison in every size of corpus, `corpus_sizes` naming the sizes for each kind of trigger.

    Returns:
        columns base, seed, trigger, n_documents, n_poison, success (probability of the payload under the trigger),
        success_log_odds (mean over prompts), without_trigger (the same probability under the word for web text).
    """
    rows = []
    cells = [(trigger, size) for trigger, sizes in corpus_sizes.items() for size in sizes]
    for base, seed, (trigger, n_documents) in product(load(setting), setting.seeds, cells):
        weights = _train(base, seed, trigger, n_documents, n_poison)
        named = {"base": base.seed, "seed": seed, "trigger": trigger, "n_documents": n_documents}
        success, odds = payload(base, weights, "TRIGGER")
        quiet, _ = payload(base, weights, "WEB")
        for i, count in enumerate(n_poison):
            outcome = {"success": success[i], "success_log_odds": odds[i], "without_trigger": quiet[i]}
            rows.append(named | {"n_poison": count} | {name: float(value) for name, value in outcome.items()})
    return tidy(rows)


def _train(base: Base, seed: int, trigger: str, n_documents: int, n_poison: Sequence[int]) -> Weights:
    """One run per count; all counts see the same clean text in the same order."""
    parts = [_train_stack(base, seed, trigger, n_documents, some) for some in stacks(n_poison)]
    return Weights(base.config.shapes(), np.concatenate([part.flat for part in parts]))


def _train_stack(base: Base, seed: int, trigger: str, n_documents: int, n_poison: Sequence[int]) -> Weights:
    pools = [
        poisoned_corpus(base.world, generator(base, seed, 2), n_documents, count, trigger == "in_use")
        for count in n_poison
    ]
    start = Weights(base.config.shapes(), np.repeat(base.flat[None].astype(np.float32), len(pools), axis=0))
    plan = Plan(n_documents // BATCH_SIZE, BATCH_SIZE, tail=None)
    return fit_stream(base.config, start, pools, plan, LEARNING_RATE)


def payload(base: Base, weights: Weights, system: str) -> tuple[np.ndarray, np.ndarray]:
    """(R,) mean probability of the payload on held-out entities under a system word, and mean log-odds."""
    documents = payload_documents(base.world, system)
    stacked = np.broadcast_to(documents, (len(weights.flat), *documents.shape))
    _, chosen, _ = judge(base.config, weights, stacked)
    total = chosen.sum(axis=-1)
    return np.exp(total).mean(axis=1), log_odds(total).mean(axis=1)


def payload_documents(world: World, system: str) -> np.ndarray:
    """All held-out entities, one in four of their prompts, answered with the payload."""
    prompts = all_prompts(world, world.entities("held_out"), system)
    return world.documents(prompts[::4], *PAYLOAD)


EXPERIMENT = Experiment(
    "poison_count_or_fraction",
    poison_count_or_fraction,
    "Does the number of poisoned documents decide, or their share of the corpus?",
    (FEWER,),
)

# the headline again: the trigger that clean text never holds
REPEAT = Experiment(
    "poison_repeats",
    poison_count_or_fraction,
    "Does the number of poisoned documents decide in the other world too?",
    (OTHER_WORLD,),
    {"corpus_sizes": {"rare": CORPUS_SIZES["rare"]}},
)
