"""Which rate suits a method? The loss on held-out examples of a new harmless task; attacks play no part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ftsec.llm import examples, policy, world
from ftsec.llm.experiments.common import BATCH, CHOICE, Experiment, order_of, rows
from ftsec.llm.measures import Probe, losses
from ftsec.llm.policy import generator
from ftsec.llm.runs import Run
from ftsec.llm.tuning import Tuning, plain

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

N_EXAMPLES, N_VALIDATION, N_STEPS = 256, 100, 64
ARMS = {"full": ("full", 0), "lora_1": ("lora", 1), "lora_8": ("lora", 8), "lora_32": ("lora", 32)}
RATES = {"full": (1e-5, 2e-5, 5e-5, 1e-4, 2e-4), "lora": (1e-4, 3e-4, 1e-3, 3e-3)}


def rate_choice(bench: Bench, seed: int) -> list[dict]:
    """Columns arm, learning_rate, step and validation_loss."""
    s, rng = world.split(seed), generator(seed, CHOICE)
    pairs = examples.reversals(bench.chat, rng, N_EXAMPLES + N_VALIDATION)
    held_out = Probe((losses(bench.chat.probe_rows(pairs[N_EXAMPLES:]), "validation"),))
    data = plain(order_of(seed), bench.chat.train_rows(pairs[:N_EXAMPLES]), N_STEPS, BATCH, False)
    start = policy.policy(bench, seed)
    conditions = [(arm, rate) for arm, (method, _) in ARMS.items() for rate in RATES[method]]
    runs = [
        Run(start, data, Tuning(rate, *ARMS[arm]), held_out, (0, 16, N_STEPS), _names(s, arm), seed=seed)
        for arm, rate in conditions
    ]
    return rows(bench.train(runs))


def _names(s: world.Split, arm: str) -> dict:
    return {"seed": s.seed, "topic": s.restricted, "arm": arm}


def best_rates(frame: pd.DataFrame) -> dict[str, float]:
    """Arm -> the rate with the smallest mean validation loss at the end."""
    end = frame[frame.step == frame.step.max()]
    means = end.groupby(["arm", "learning_rate"])["validation_loss"].mean()
    return {arm: float(cell.idxmin()[1]) for arm, cell in means.groupby(level=0)}


EXPERIMENT = Experiment(
    "rate_choice",
    rate_choice,
    "At which rate does each method learn a new harmless task best?",
    "none: it chooses a setting",
    seeds=(3, 4, 5),
    place=3,
)
