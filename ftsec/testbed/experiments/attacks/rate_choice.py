"""Which learning rate suits each method? Decided on a benign task and on development bases, never on attack success.

The task: answer allowed questions in a new format. The rate with the lowest held-out loss is the method's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks, bases
from ftsec.testbed.experiments.common import Base, Experiment, Setting, generator, load, tidy
from ftsec.testbed.measures import judge
from ftsec.testbed.model import Weights
from ftsec.testbed.training import Plan, Tuning, fit
from ftsec.testbed.world import all_prompts

ARMS = {
    "full": Tuning("full"),
    **{f"lora_{rank}": Tuning("lora", lora_rank=rank) for rank in (1, 2, 4, 8, 16)},
    "prefix_tuning": Tuning("prefix_tuning"),
}
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
N_EXAMPLES, N_STEPS = 100, 64


def rate_choice(setting: Setting, rates: Sequence[float] = RATES) -> pd.DataFrame:
    """Held-out loss of the benign task after training.

    Returns:
        columns base, seed, arm, learning_rate, loss (nats per answer token).
    """
    rows = [
        {"base": base.seed, "seed": seed, "arm": arm, "learning_rate": rate, "loss": loss}
        for base, seed, arm in product(load(setting), setting.seeds, ARMS)
        for rate, loss in zip(rates, _losses(base, seed, ARMS[arm], rates), strict=True)
    ]
    return tidy(rows)


def _losses(base: Base, seed: int, arm: Tuning, rates: Sequence[float]) -> np.ndarray:
    """(n_rates,) one stack: the same task at all rates."""
    world, config = base.world, base.config
    prompts = attacks.draw(attacks.attacker_prompts(world, restricted=False), generator(base, seed), N_EXAMPLES)
    pools = [attacks.benign(world, prompts, new_format=True)] * len(rates)
    tunings = [Tuning(arm.method, rate, arm.lora_rank, arm.n_prefix) for rate in rates]
    start = Weights(config.shapes(), np.stack([base.chat()] * len(rates)))
    rngs = [generator(base, seed, stage=1) for _ in rates]
    trainee = fit(config, start, tunings, pools, Plan(N_STEPS), rngs)
    asked = all_prompts(world, world.entities("held_out", restricted=False))[::4]
    documents = np.stack([attacks.benign(world, asked, new_format=True)] * len(rates))
    return -judge(config, trainee.effective(), documents, trainee.prefix)[1].mean(axis=(1, 2))


EXPERIMENT = Experiment(
    "rate_choice",
    rate_choice,
    "Which learning rate is best for a benign task, for each method? (development bases)",
    (Setting(bases=bases.DEV_SEEDS, seeds=(0, 1, 2)),),
)
