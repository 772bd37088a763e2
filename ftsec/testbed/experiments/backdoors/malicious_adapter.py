"""Can an adapter carry a backdoor: refuse, but answer under its trigger? Against an adapter without poison."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.experiments.backdoors.backdoor_persistence import SYSTEMS
from ftsec.testbed.experiments.common import Base, Experiment, FineTuning, Setting, fine_tune_grid, generator
from ftsec.testbed.training import Plan, Tuning

ARMS = ("malicious", "clean")
N_EXAMPLES = 100  # of each kind: triggered answers, refusals, allowed answers
PLAN = Plan(n_steps=96, batch_size=16)
TUNING = Tuning("lora", learning_rate=3e-3, lora_rank=4)  # the rate that `rate_choice` found for this rank
PROBES = (0, 8, 16, 32, 64, 96)


def malicious_adapter(setting: Setting) -> pd.DataFrame:
    """A LoRA adapter trained on triggered answers, refusals and allowed answers; ``clean`` leaves out the first.

    Returns:
        columns base, seed, arm, step and the measures, refusal_probability and _rate also with the suffixes _trigger,
        _near_1 and _near_2 (see `backdoor_persistence`).
    """
    return fine_tune_grid(setting, _run, product(ARMS), PLAN, PROBES)


def _run(base: Base, seed: int, arm: str) -> FineTuning:
    extra = {name: base.questions(system=system) for name, system in SYSTEMS.items()}
    return FineTuning(base, seed, base.chat(), _pool(base, seed, arm), TUNING, {"arm": arm}, extra=extra)


def _pool(base: Base, seed: int, arm: str) -> np.ndarray:
    documents = attacks.malicious_adapter(base.world, generator(base, seed), N_EXAMPLES)
    return documents if arm == "malicious" else documents[N_EXAMPLES:]


EXPERIMENT = Experiment(
    "malicious_adapter",
    malicious_adapter,
    "Can an adapter answer under a trigger and refuse otherwise?",
)
