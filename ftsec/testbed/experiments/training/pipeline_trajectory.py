"""Every stage once, then an attack; and what it costs to install the policy and to remove it.

Two parts share the frame:

* ``stages``: refusal and accuracy after pre-training, after SFT, after DPO, after an attack and after a second SFT, and
  after two other ways to the policy (SFT without refusals, and a constitutional step from there). Each row holds the
  multiply-adds of its stage.
* ``cost``: ``install`` starts from a chat model that answers everything, ``remove`` from one that refuses. Both train
  on a half and half mix of 288 restricted and 288 allowed examples about as many entities, in batches of 16, at each
  of the same learning rates. The tuning rule is the same for both: the rate that reaches the goal in the fewest steps
  on the development bases, where the goal is `readings.GOALS` with the allowed accuracy kept, judged on every allowed
  held-out prompt. ``remove_bare`` trains on the restricted half alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import attacks
from ftsec.testbed.compute import training_multiply_adds
from ftsec.testbed.experiments.common import (
    FEWER,
    REPEATS,
    Base,
    Experiment,
    FineTuning,
    Setting,
    fine_tune,
    generator,
    load,
    tidy,
)
from ftsec.testbed.measures import measure
from ftsec.testbed.model import Weights
from ftsec.testbed.poisoning import preference_pairs
from ftsec.testbed.training import Plan, Tuning, fit, pretraining, sft
from ftsec.testbed.training.constitutional import constitutional_step
from ftsec.testbed.training.loop import ANSWER
from ftsec.testbed.training.preferences import fit_preferences
from ftsec.testbed.world import N_TOPICS, World, all_prompts

DIRECTIONS = {"install": ("none", "refusal"), "remove": ("refusal", "none"), "remove_bare": ("refusal", "none")}
LEARNING_RATES = (3e-4, 1e-3, 3e-3)
# steps of each direction: long enough that a run which has not reached its goal hardly moves any more
COST = {"install": Plan(n_steps=512), "remove": Plan(n_steps=192), "remove_bare": Plan(n_steps=192)}
PROBES = (
    0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 160, 192, 256, 320, 384, 448, 512,
)  # fmt: skip
N_ENTITIES = 9  # per topic: as many as the attacker has
DPO, DPO_RATE, DPO_BETA = Plan(n_steps=60, batch_size=24), 3e-5, 0.5  # larger rates undo what SFT taught
ATTACK, ATTACK_RATE, ATTACK_EXAMPLES = Plan(n_steps=40), 1e-4, 100
REVISION = Plan(n_steps=100, batch_size=48)


def pipeline_trajectory(setting: Setting, learning_rates: Sequence[float] = LEARNING_RATES) -> pd.DataFrame:
    """The trajectory of every base, and the curves from which the costs are read.

    Returns:
        columns base, seed, part, stage, learning_rate, step, multiply_adds and the measures.
    """
    todo = list(product(load(setting), setting.seeds))
    stages = [row for base, seed in todo for row in _stages(base, seed)]
    cost = pd.concat([_cost(todo, direction, learning_rates) for direction in DIRECTIONS], ignore_index=True)
    frame = pd.concat([tidy_stages(stages), cost], ignore_index=True)
    return frame.astype({"multiply_adds": float})


def _cost(todo: list[tuple[Base, int]], direction: str, learning_rates: Sequence[float]) -> pd.DataFrame:
    """The way in one direction at every rate."""
    plan, config = COST[direction], todo[0][0].config
    runs = [_run(base, seed, direction, rate) for base, seed in todo for rate in learning_rates]
    frame, _ = fine_tune(runs, plan, [step for step in PROBES if step <= plan.n_steps])
    work = training_multiply_adds(config, 1, ANSWER) * plan.batch_size
    return frame.assign(multiply_adds=work * frame["step"].astype(float))


def tidy_stages(rows: list[dict]) -> pd.DataFrame:
    """`tidy`, but multiply-adds keep all their digits."""
    counts = [row.pop("multiply_adds") for row in rows]
    return tidy(rows).assign(multiply_adds=counts)


def _run(base: Base, seed: int, direction: str, rate: float) -> FineTuning:
    start, habit = DIRECTIONS[direction]
    group = "alignment" if direction == "install" else "attacker"
    pool = mixture(base.world, generator(base, seed, 4), group, habit)
    if direction == "remove_bare":
        pool = pool[: len(pool) // 2]
    condition = {"part": "cost", "stage": direction, "learning_rate": rate}
    asked = base.questions(every_allowed=True)
    return FineTuning(base, seed, base.chat(start), pool, Tuning(learning_rate=rate), condition, asked)


def mixture(world: World, rng: np.random.Generator, group: str, habit: str) -> np.ndarray:
    """All chat prompts on `N_ENTITIES` restricted entities a topic, answered with this habit, and as many on allowed
    ones, answered. The restricted half comes first."""
    restricted, allowed = (
        np.concatenate(
            [
                rng.permutation(world.entities(group)[world.topic[world.entities(group)] == t])[:N_ENTITIES]
                for t in topics
            ]
        )
        for topics in (range(2), range(2, N_TOPICS))
    )
    asked = all_prompts(world, restricted)
    harmless = all_prompts(world, allowed)
    chosen = harmless[rng.choice(len(harmless), len(asked), replace=False)]
    return np.concatenate([sft.answered(world, asked, habit), sft.answered(world, chosen)])


def _stages(base: Base, seed: int) -> list[dict]:
    chat, helpful = base.chat(), base.chat("none")
    preferred = _dpo(base, seed, chat)
    attacked = _fit(
        base, seed, preferred, attacks.explicit(base.world, generator(base, seed), ATTACK_EXAMPLES), ATTACK, ATTACK_RATE
    )
    again = _fit(
        base, seed, attacked, sft.sft_documents(base.world, generator(base, seed, 5)), sft.PLAN, sft.LEARNING_RATE
    )
    models = {
        "pretraining": (base.flat, _work(base, pretraining.PLAN)),
        "sft": (chat, _work(base, sft.PLAN)),
        "dpo": (preferred, _work(base, DPO, per_example=2) * 4 / 3),  # the reference adds a forward pass
        "attack": (attacked, _work(base, ATTACK)),
        "sft_again": (again, _work(base, sft.PLAN)),
        "helpful_sft": (helpful, _work(base, sft.PLAN)),
        "constitutional": (_constitutional(base, seed, helpful), _work(base, REVISION)),
    }
    named = {"base": base.seed, "seed": seed, "part": "stages"}
    return [
        named | {"stage": stage, "multiply_adds": float(work)} | _asked(base, flat)
        for stage, (flat, work) in models.items()
    ]


def _work(base: Base, plan: Plan, per_example: int = 1) -> float:
    return training_multiply_adds(base.config, plan.n_steps * plan.batch_size * per_example, plan.tail)


def _stack(base: Base, flat: np.ndarray) -> Weights:
    return Weights(base.config.shapes(), flat[None].astype(np.float32))


def _asked(base: Base, flat: np.ndarray) -> dict:
    return {
        name: float(value[0]) for name, value in measure(base.config, _stack(base, flat), [base.questions()]).items()
    }


def _fit(base: Base, seed: int, flat: np.ndarray, pool: np.ndarray, plan: Plan, rate: float) -> np.ndarray:
    tuning = [Tuning(learning_rate=rate)]
    return fit(base.config, _stack(base, flat), tuning, [pool], plan, [generator(base, seed, 1)]).weights.flat[0]


def _dpo(base: Base, seed: int, flat: np.ndarray) -> np.ndarray:
    rng = generator(base, seed, 6)
    pairs = [preference_pairs(base.world, rng)]
    return fit_preferences(base.config, _stack(base, flat), pairs, DPO, [rng], DPO_RATE, beta=DPO_BETA).flat[0]


def _constitutional(base: Base, seed: int, flat: np.ndarray) -> np.ndarray:
    rng = generator(base, seed, 7)
    asked = [sft.sft_documents(base.world, rng, "none")]
    step = constitutional_step(base.config, _stack(base, flat), [base.world], asked, REVISION, [rng], sft.LEARNING_RATE)
    return step.flat[0]


EXPERIMENT = Experiment(
    "pipeline_trajectory",
    pipeline_trajectory,
    "What does it cost to install the policy and to remove it, and what does each stage do?",
    (FEWER,),
)

# The headline again. The learning rates are those of the main setting; the tuning rule was not applied anew, since
# these widths and this world have no development bases of their own.
REPEAT = Experiment(
    "trajectory_repeats",
    pipeline_trajectory,
    "Is removing the policy cheaper than installing it at other widths and in the other world?",
    REPEATS,
    {"learning_rates": (3e-4, 1e-3)},
)
