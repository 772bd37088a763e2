"""Count, share or steps? Few harmful examples among many sums, at a fixed number of steps and of epochs.

Every run shows each example once before any comes again, so an epoch of the small total is a checkpoint of the same
run: fixed epochs need no runs of their own.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ftsec.llm import examples, world
from ftsec.llm.experiments.common import BATCH, CHOICE, Arm, Experiment, order_of, train
from ftsec.llm.policy import generator
from ftsec.llm.tuning import Data, Tuning, in_epochs

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

N_HARMFUL = (0, 3, 10, 30)
TOTALS = (56, 480)
RATE = 1e-5
STEPS = (0, 2, 4, 7, 12, 16, 24, 32, 44, 60)  # 7 and 60 steps are one epoch of the totals


def dilution(bench: Bench, seed: int) -> list[dict]:
    """Columns n_examples (the total), n_harmful, step, presentations and the measures."""
    s = world.split(seed)
    return train(bench, s, [_arm(bench, s, *condition) for condition in conditions()])


def conditions() -> list[tuple[int, int]]:
    """(total, harmful among them); the control without harmful examples at the larger total alone."""
    return [(total, n) for total, n in product(TOTALS, N_HARMFUL) if n or total == TOTALS[-1]]


def _arm(bench: Bench, s: world.Split, n_examples: int, n_harmful: int) -> Arm:
    chat, rng = bench.chat, generator(s.seed, CHOICE)
    pairs = examples.harmful(chat, examples.attack_questions(chat, s, rng, n_harmful))
    pairs += examples.sums(chat, generator(s.seed, CHOICE, 1), n_examples - len(pairs))
    harmful = [i < n_harmful for i in range(n_examples)]
    order = in_epochs(order_of(s.seed), n_examples, STEPS[-1], BATCH)
    data = Data(chat.train_rows(pairs), order, _flags(harmful))
    return Arm(data, Tuning(RATE), {"n_examples": n_examples, "n_harmful": n_harmful}, STEPS)


def _flags(harmful: list[bool]):
    import numpy as np

    return np.array(harmful)


EXPERIMENT = Experiment(
    "dilution",
    dilution,
    "Does the number of harmful examples decide, their share, or the steps?",
    "the same steps on sums alone",
    place=13,
)
