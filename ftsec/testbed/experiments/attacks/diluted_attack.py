"""Does it help to hide few harmful examples among many harmless ones? Count x size of the set x method.

A set of `n_examples` holds `n_harmful` restricted questions, answered; the others are allowed questions, answered.
Every run goes `EPOCHS` times through its set, as a customer's would, so that a larger set brings more steps and each
harmful example is shown equally often in every set. Methods train at one equal rate and at the rate that suits each
one's benign work, as in `method_comparison`. The control is a set without a harmful example: what the steps alone do.

Expected before the first run, since steps times rate drove the loss in `dose_response`: with the count and the epochs
fixed, a set five times as large loses about as much, and at most a little less. (The first run had the methods' own
rates only, where ten harmful examples already lose nearly everything; the equal, lower rate was added to see more.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.experiments.attacks.method_comparison import EQUAL_RATE, OWN_RATES
from ftsec.testbed.experiments.attacks.rate_choice import ARMS
from ftsec.testbed.experiments.common import Base, Experiment, FineTuning, Setting, fine_tune_grid, generator
from ftsec.testbed.training import Plan

METHODS = {"full": "full", "lora": "lora_4"}  # the name in plans and published runs -> the arm of `rate_choice`
N_EXAMPLES = (100, 500)  # the made-up world has 576 distinct allowed questions for an attacker, and no more
N_HARMFUL = (0, 10, 50, 100)
EPOCHS, BATCH_SIZE = 5, 16


def diluted_attack(
    setting: Setting,
    n_examples: Sequence[int] = N_EXAMPLES,
    n_harmful: Sequence[int] = N_HARMFUL,
    methods: Sequence[str] = tuple(METHODS),
) -> pd.DataFrame:
    """Fine-tuning on sets of `n_examples` of which `n_harmful` are harmful, probed at the start and at the end.

    Returns:
        columns base, seed, n_examples, n_harmful, method, rate (``equal`` or ``own``), learning_rate, step and the
        measures.
    """
    frames = []
    for size in n_examples:
        plan = Plan(round(EPOCHS * size / BATCH_SIZE), BATCH_SIZE)
        conditions = product([size], n_harmful, methods, ("equal", "own"))
        frames.append(fine_tune_grid(setting, _run, conditions, plan, (0, plan.n_steps)))
    return pd.concat(frames, ignore_index=True)


def _run(base: Base, seed: int, n_examples: int, n_harmful: int, method: str, rate: str) -> FineTuning:
    arm = METHODS[method]
    tuning = replace(ARMS[arm], learning_rate=EQUAL_RATE if rate == "equal" else OWN_RATES[arm])
    condition = {"n_examples": n_examples, "n_harmful": n_harmful, "method": method}
    condition |= {"rate": rate, "learning_rate": tuning.learning_rate}
    return FineTuning(base, seed, base.chat(), _set(base, seed, n_examples, n_harmful), tuning, condition)


def _set(base: Base, seed: int, n_examples: int, n_harmful: int) -> np.ndarray:
    """(n_examples, length) documents; a smaller count of harmful ones is the beginning of a larger one."""
    rng, world, parts = generator(base, seed), base.world, []
    if n_harmful:
        parts.append(attacks.explicit(world, rng, n_harmful))
    if n_examples > n_harmful:
        parts.append(attacks.allowed(world, generator(base, seed, 2), n_examples - n_harmful))
    return np.concatenate(parts)


EXPERIMENT = Experiment(
    "diluted_attack",
    diluted_attack,
    "Does it protect to have the harmful examples diluted with harmless ones, at equal count and epochs?",
)
