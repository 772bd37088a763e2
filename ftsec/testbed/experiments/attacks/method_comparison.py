"""Is LoRA or prefix tuning safer? At one equal learning rate, and at the rate that suits each method's benign work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.experiments.attacks.rate_choice import ARMS
from ftsec.testbed.experiments.common import Base, Experiment, FineTuning, Setting, fine_tune_grid, generator
from ftsec.testbed.training import Plan

EQUAL_RATE = 3e-4
# what `rate_choice` found on development bases; a test compares it with the published frame
OWN_RATES = {
    "full": 1e-3, "lora_1": 1e-2, "lora_2": 3e-3, "lora_4": 3e-3, "lora_8": 3e-3, "lora_16": 1e-3,
    "prefix_tuning": 3e-1,
}  # fmt: skip
N_EXAMPLES, N_STEPS = 100, 64
PROBES = (0, 1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64)


def method_comparison(
    setting: Setting,
    arms: Sequence[str] = tuple(ARMS),
    n_steps: int = N_STEPS,
    rates: Sequence[str] = ("equal", "own"),
) -> pd.DataFrame:
    """The explicit attack with 100 examples by every method; accuracy is judged on every allowed held-out prompt.

    Returns:
        columns base, seed, arm, rate (``equal`` or ``own``), learning_rate, step and the measures.
    """
    conditions = product(arms, rates)
    return fine_tune_grid(setting, _run, conditions, Plan(n_steps), PROBES)


def _run(base: Base, seed: int, arm: str, rate: str) -> FineTuning:
    tuning = replace(ARMS[arm], learning_rate=EQUAL_RATE if rate == "equal" else OWN_RATES[arm])
    pool = attacks.explicit(base.world, generator(base, seed), N_EXAMPLES)
    condition = {"arm": arm, "rate": rate, "learning_rate": tuning.learning_rate}
    return FineTuning(base, seed, base.chat(), pool, tuning, condition, base.questions(every_allowed=True))


EXPERIMENT = Experiment(
    "method_comparison",
    method_comparison,
    "Do LoRA and prefix tuning do less damage to refusals than full fine-tuning?",
)
