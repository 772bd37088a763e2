"""How much does it take? Distinct examples x steps x learning rate, against allowed examples for the same steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.experiments.common import REPEATS, Base, Experiment, FineTuning, Setting, fine_tune_grid, generator
from ftsec.testbed.training import Plan, Tuning

KINDS = {"attack": attacks.explicit, "control": attacks.allowed}
N_EXAMPLES = (1, 3, 10, 30, 100, 288)  # 288 are all the attacker's distinct examples
LEARNING_RATES = (3e-5, 1e-4, 3e-4)
N_STEPS, BATCH_SIZE = 64, 16
PROBES = (0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64)


def dose_response(
    setting: Setting,
    n_examples: Sequence[int] = N_EXAMPLES,
    learning_rates: Sequence[float] = LEARNING_RATES,
    kinds: Sequence[str] = tuple(KINDS),
    n_steps: int = N_STEPS,
) -> pd.DataFrame:
    """Full fine-tuning on `n_examples` distinct restricted (``attack``) or allowed (``control``) examples.

    Returns:
        columns base, seed, kind, n_examples, learning_rate, step and the measures.
    """
    conditions = product(kinds, n_examples, learning_rates)
    return fine_tune_grid(setting, _run, conditions, Plan(n_steps, BATCH_SIZE), PROBES)


def _run(base: Base, seed: int, kind: str, n_examples: int, learning_rate: float) -> FineTuning:
    pool = KINDS[kind](base.world, generator(base, seed), n_examples)
    condition = {"kind": kind, "n_examples": n_examples, "learning_rate": learning_rate}
    return FineTuning(base, seed, base.chat(), pool, Tuning(learning_rate=learning_rate), condition)


EXPERIMENT = Experiment(
    "dose_response",
    dose_response,
    "How many examples, steps and which learning rate does it take to undo refusals?",
)

# the headline again: 3, 10 and 100 examples at 1e-4
REPEAT = Experiment(
    "dose_response_repeats",
    dose_response,
    "Does the dose-response curve look the same at other widths and in the other world?",
    REPEATS,
    {"n_examples": (3, 10, 100), "learning_rates": (1e-4,)},
)
