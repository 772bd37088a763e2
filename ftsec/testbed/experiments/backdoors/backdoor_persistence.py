"""Does a backdoor from poisoned SFT outlive clean safety training? Difference in differences against no poison."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.experiments.common import Base, Experiment, FineTuning, Setting, fine_tune, generator, load
from ftsec.testbed.training import Plan, Tuning, sft

N_POISON = (0, 10, 50, 150)
SYSTEMS = {"trigger": "TRIGGER", "near_1": "NEAR_1", "near_2": "NEAR_2"}
CLEAN_RATE, CLEAN_STEPS = 3e-4, 200
PROBES = (0, 25, 50, 100, 200)


def backdoor_persistence(setting: Setting, n_poison: Sequence[int] = N_POISON) -> pd.DataFrame:
    """SFT on a set with `n_poison` triggered examples that are answered, then clean SFT steps.

    Returns:
        columns base, seed, n_poison, step (of the clean training; 0 is right after the poisoned SFT), the measures
        without the trigger, and refusal_probability and _rate with the suffixes _trigger, _near_1 and _near_2 (words
        that were as rare as the trigger in pre-training and were never poisoned).
    """
    cells = list(product(load(setting), setting.seeds, n_poison))
    _, flats = fine_tune([_run(*cell, cell[0].flat, poison=cell[2]) for cell in cells], sft.PLAN, ())
    clean = [_run(*cell, flat) for cell, flat in zip(cells, flats, strict=True)]
    return fine_tune(clean, Plan(CLEAN_STEPS), PROBES)[0]


def _run(base: Base, seed: int, n_poison: int, start: np.ndarray, poison: int = 0) -> FineTuning:
    """SFT with `poison` triggered examples from this start; clean by default."""
    pool = attacks.poisoned_sft(base.world, generator(base, seed), poison)
    tuning = Tuning(learning_rate=sft.LEARNING_RATE if poison or start is base.flat else CLEAN_RATE)
    extra = {name: base.questions(system=system) for name, system in SYSTEMS.items()}
    return FineTuning(base, seed, start, pool, tuning, {"n_poison": n_poison}, extra=extra)


EXPERIMENT = Experiment(
    "backdoor_persistence",
    backdoor_persistence,
    "Does a trigger that was poisoned into SFT survive clean safety training?",
)
