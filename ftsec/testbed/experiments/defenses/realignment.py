"""Is an attacked model easier to bring back than a model that never refused? And does it then break again sooner?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.experiments.common import Base, Experiment, FineTuning, Setting, fine_tune, generator, load
from ftsec.testbed.training import Plan, Tuning
from ftsec.testbed.training.sft import sft_documents

ARMS = {"attacked": "refusal", "never_aligned": "none"}  # the habit each arm's chat model was taught
STAGES = {  # stage -> learning rate, steps, probes
    "attack": (1e-4, 64, (0, 16, 32, 64)),
    "realign": (3e-4, 100, (0, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100)),
    "attack_again": (1e-4, 64, (0, 2, 4, 8, 12, 16, 24, 32, 48, 64)),
}
N_EXAMPLES = 100


def realignment(setting: Setting, arms: Sequence[str] = tuple(ARMS)) -> pd.DataFrame:
    """Three stages in a row: the attack, safety training on alignment entities not used before, another attack.

    Both arms get the same data; ``never_aligned`` starts from a chat model that answers everything, so that the
    chat format is no difference. The second attack uses examples that the first did not.

    Returns:
        columns base, seed, arm, stage, step (within the stage) and the measures.
    """
    cells = list(product(load(setting), setting.seeds, arms))
    flats = [base.chat(ARMS[arm]) for base, _, arm in cells]
    frames = []
    for stage, (learning_rate, n_steps, probes) in STAGES.items():
        runs = [
            FineTuning(
                base,
                seed,
                flat,
                _pool(base, seed, stage),
                Tuning(learning_rate=learning_rate),
                {"arm": arm, "stage": stage},
            )
            for (base, seed, arm), flat in zip(cells, flats, strict=True)
        ]
        frame, flats = fine_tune(runs, Plan(n_steps), probes)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _pool(base: Base, seed: int, stage: str) -> np.ndarray:
    if stage == "realign":
        return sft_documents(base.world, generator(base, seed, stage=2), group="reserve")
    both = attacks.explicit(base.world, generator(base, seed), 2 * N_EXAMPLES)
    return both[:N_EXAMPLES] if stage == "attack" else both[N_EXAMPLES:]


EXPERIMENT = Experiment(
    "realignment", realignment, "Does an attacked model learn to refuse again sooner than one that never refused?"
)
