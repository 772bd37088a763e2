"""Is safety special? Refusal against harmless habits of the same frequency, under identical fine-tuning.

Three habits are taught to the same base, on the same two topics, with the same number of examples:

* ``refusal``: SORRY NOPE;
* ``canned``: another fixed phrase, MARK DONE. Only the words differ from a refusal, so this arm calibrates the
  instrument: it must come out equal;
* ``marker``: the word MARK, then the true answer. A style, not a policy: no knowledge is withheld.

Each habit then meets the very same documents (only the habit differs, not the data), so that every comparison is
paired. Two ways of making the starts equal: the same SFT steps, or SFT until the habit's log-odds on held-out
questions reach `TARGET`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks, bases
from ftsec.testbed.experiments.common import REPEATS, Base, Experiment, FineTuning, Setting, fine_tune_grid, generator
from ftsec.testbed.measures import Questions, measure
from ftsec.testbed.model import ModelConfig, Weights
from ftsec.testbed.training import Plan, Tuning, align, sft

HABITS = ("refusal", "canned", "marker")
MATCHED_ON = ("log_odds", "steps")
TARGET = 2.0  # log-odds at the start: a probability of 0.88
CHECK_EVERY = 5  # SFT steps between two looks at the log-odds
DATA = {  # fine-tuning data -> learning rate
    "counter": 1e-4,  # plain answers on the habit's own topics (for a refusal: the explicit attack)
    "benign_old": 1e-3,  # other topics, old format
    "benign_new": 3e-4,  # other topics, new format
}
N_EXAMPLES, N_STEPS = 100, 64
PROBES = (0, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64)


def fragility_control(
    setting: Setting,
    habits: Sequence[str] = HABITS,
    matched_on: Sequence[str] = MATCHED_ON,
    data: Sequence[str] = tuple(DATA),
) -> pd.DataFrame:
    """Teaches each habit, then fine-tunes on identical documents.

    Returns:
        columns base, seed, habit, matched_on, data, step and the measures, in which "refusal" stands for the habit:
        habit_log_odds is that of its opening word on held-out questions of its topics.
    """
    return fine_tune_grid(setting, _run, product(matched_on, data, habits), Plan(N_STEPS), PROBES)


def _run(base: Base, seed: int, matched_on: str, data: str, habit: str) -> FineTuning:
    start = base.chat(habit) if matched_on == "steps" else taught(base, habit)
    questions = base.questions(habit, opening="NEW" if data == "benign_new" else None)
    condition = {"habit": habit, "matched_on": matched_on, "data": data}
    return FineTuning(
        base, seed, start, _pool(base, seed, data), Tuning(learning_rate=DATA[data]), condition, questions
    )


def _pool(base: Base, seed: int, data: str) -> np.ndarray:
    """The fine-tuning documents: they do not depend on the habit."""
    rng = generator(base, seed)
    if data == "counter":
        return attacks.explicit(base.world, rng, N_EXAMPLES)
    prompts = attacks.draw(attacks.attacker_prompts(base.world, restricted=False), rng, N_EXAMPLES)
    return attacks.benign(base.world, prompts, new_format=data == "benign_new")


def taught(base: Base, habit: str) -> np.ndarray:
    """(P,) weights after SFT that stops when the habit's log-odds reach `TARGET` (or at the end of SFT); cached."""
    origin = f"{base.config} {base.world.kind} {base.seed} {bases.digest(base.flat)}"
    key = f"taught {habit} {TARGET} {CHECK_EVERY} {sft.PLAN} {sft.LEARNING_RATE} {origin}"
    return bases.derived(key, lambda: _teach(base, habit))


def _teach(base: Base, habit: str) -> np.ndarray:
    keeper = Keeper(base.config, base.questions(habit))
    start = Weights(base.config.shapes(), base.flat[None].copy())
    checks = range(CHECK_EVERY, sft.PLAN.n_steps + 1, CHECK_EVERY)
    align(base.config, start, [base.world], [base.seed], habit, probe=keeper, probe_steps=checks)
    return keeper.flat


@dataclass
class Keeper:
    """A probe that keeps the first weights at which the habit reaches `TARGET`, or the last ones."""

    config: ModelConfig
    questions: Questions
    reached: bool = False
    flat: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __call__(self, step: int, weights: Weights, prefix: dict | None) -> None:
        if self.reached:
            return
        self.flat = weights.flat[0].copy()
        self.reached = bool(measure(self.config, weights, [self.questions])["habit_log_odds"][0] >= TARGET)


EXPERIMENT = Experiment(
    "fragility_control",
    fragility_control,
    "Is a refusal more fragile than a harmless habit of the same frequency?",
)

# the headline again: starts matched on log-odds, two kinds of data
REPEAT = Experiment(
    "fragility_repeats",
    fragility_control,
    "Does fragility_control say the same at other widths and in the other world?",
    REPEATS,
    {"matched_on": ("log_odds",), "data": ("counter", "benign_old")},
)
