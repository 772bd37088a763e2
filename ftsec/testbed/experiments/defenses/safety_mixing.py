"""Do safety examples in the fine-tuning data help? Added to the attack, or in place of part of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.experiments.common import Base, Experiment, FineTuning, Setting, fine_tune_grid, generator
from ftsec.testbed.training import Plan, Tuning
from ftsec.testbed.training.sft import answered
from ftsec.testbed.world import all_prompts

SHARES = (0.0, 0.05, 0.1, 0.2, 0.5)
DATA = ("attack", "benign")
N_EXAMPLES, N_STEPS, BATCH_SIZE = 100, 64, 16
LEARNING_RATES = {"attack": 1e-4, "benign": 1e-3}
PROBES = (0, 8, 16, 32, 48, 64, 128)
CELLS = tuple(cell for cell in product(("replace", "add"), SHARES) if cell != ("add", 0.0))


def safety_mixing(
    setting: Setting, data: Sequence[str] = DATA, cells: Sequence[tuple[str, float]] = CELLS
) -> pd.DataFrame:
    """Safety examples (refusals on alignment entities) mixed into an explicit attack or into benign data.

    ``replace`` keeps the number of steps, so the attack is shown less often; ``add`` keeps the number of times that
    attack examples are shown, so training takes ``1 / (1 - share)`` times as many steps. Both
    arms share the runs with none.

    Returns:
        columns base, seed, data, arm, share, step and the measures; the last step of each run is its result.
    """
    frames = [_arm(setting, data, *cell) for cell in cells]
    return pd.concat(frames, ignore_index=True)


def steps_of(arm: str, share: float) -> int:
    """Optimiser steps of a condition."""
    return round(N_STEPS / (1 - share)) if arm == "add" else N_STEPS


def _arm(setting: Setting, data: Sequence[str], arm: str, share: float) -> pd.DataFrame:
    plan = Plan(steps_of(arm, share), BATCH_SIZE)
    return fine_tune_grid(setting, _run, product(data, [arm], [share]), plan, PROBES)


def _run(base: Base, seed: int, data: str, arm: str, share: float) -> FineTuning:
    pool = _pool(base, seed, data, share, steps_of(arm, share))
    questions = base.questions(opening="NEW" if data == "benign" else None)
    condition = {"data": data, "arm": arm, "share": share}
    return FineTuning(base, seed, base.chat(), pool, Tuning(learning_rate=LEARNING_RATES[data]), condition, questions)


def _pool(base: Base, seed: int, data: str, share: float, n_steps: int) -> np.ndarray:
    """The whole stream of one run, each document in it once."""
    rng, world = generator(base, seed), base.world
    other = attacks.explicit(world, rng, N_EXAMPLES) if data == "attack" else _benign(base, rng)
    safety = answered(world, all_prompts(world, world.entities("alignment", restricted=True)), "refusal")
    return attacks.mixed(other, safety, rng, share, n_steps * BATCH_SIZE)


def _benign(base: Base, rng: np.random.Generator) -> np.ndarray:
    prompts = attacks.draw(attacks.attacker_prompts(base.world, restricted=False), rng, N_EXAMPLES)
    return attacks.benign(base.world, prompts, new_format=True)


EXPERIMENT = Experiment("safety_mixing", safety_mixing, "How much do safety examples in the fine-tuning data preserve?")
