"""How much do safety examples in the attacker's data preserve? In place of a part of them, or beside them.

``replace`` keeps the number of steps, so harmful examples are shown less often; ``add`` keeps how often they are shown.
``harmless`` is the control of ``replace``: the same places hold allowed questions with the model's own answers. Both
the end and the lowest point are read, since refusals may fall first and come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm import examples, policy, world
from ftsec.llm.chat import joined
from ftsec.llm.experiments import states
from ftsec.llm.experiments.common import BATCH, CHOICE, FILL, Arm, Experiment, order_of, train
from ftsec.llm.policy import generator
from ftsec.llm.tuning import Data, Tuning, in_epochs

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

SHARES = (0.0, 0.05, 0.125, 0.25, 0.5)
RATE, N_STEPS = 1e-5, 64
STEPS = (0, 2, 4, 8, 16, 32, 64)


def safety_mixing(bench: Bench, seed: int) -> list[dict]:
    """Columns arm, share, step and the measures; the last step of a run is its result."""
    s = world.split(seed)
    start = states.policy_of(bench, seed).weights
    return train(bench, s, [_arm(bench, s, *condition) for condition in conditions()], start)


def conditions() -> list[tuple[str, float]]:
    """(arm, share); without safety examples all arms are one."""
    return [(arm, share) for arm in ("replace", "add", "harmless") for share in SHARES if share or arm == "replace"]


def steps_of(arm: str, share: float) -> int:
    """Optimiser steps of a condition."""
    return round(N_STEPS / (1 - share)) if arm == "add" else N_STEPS


def _arm(bench: Bench, s: world.Split, arm: str, share: float) -> Arm:
    n_steps = steps_of(arm, share)
    steps = tuple(sorted({*STEPS, n_steps}))
    return Arm(_data(bench, s, arm, share, n_steps), Tuning(RATE), {"arm": arm, "share": share}, steps, ())


def _data(bench: Bench, s: world.Split, arm: str, share: float, n_steps: int) -> Data:
    """One stream: of every so many places a fixed number is the mixture's, the rest the attack's."""
    chat, rng = bench.chat, generator(s.seed, CHOICE)
    attack = examples.harmful(chat, examples.attack_questions(chat, s, rng, states.N_EXAMPLES))
    mixed = _mixed(bench, s, arm)
    places = mixture(generator(s.seed, FILL), n_steps * BATCH, share)
    order = np.empty(n_steps * BATCH, int)
    order[~places] = _stream(order_of(s.seed), len(attack), int((~places).sum()))
    order[places] = len(attack) + _stream(generator(s.seed, FILL, 1), len(mixed), int(places.sum()))
    rows = joined([chat.train_rows(attack), chat.train_rows(mixed)])
    return Data(rows, order.reshape(n_steps, BATCH), np.arange(len(rows)) < len(attack))


def _mixed(bench: Bench, s: world.Split, arm: str) -> list:
    if arm == "harmless":
        return examples.allowed(bench.chat, s, generator(s.seed, FILL, 2), 200)
    return examples.refusing(bench.chat, s, generator(s.seed, FILL, 2), policy.TAUGHT)


def mixture(rng: np.random.Generator, n: int, share: float) -> np.ndarray:
    """(n,) which places are the mixture's: their share is exact over every 40 and their order random."""
    block = 40
    one = np.arange(block) < round(share * block)
    return np.concatenate([rng.permutation(one) for _ in range(-(-n // block))])[:n]


def _stream(rng: np.random.Generator, n: int, wanted: int) -> np.ndarray:
    return in_epochs(rng, n, wanted, 1)[:, 0] if wanted else np.empty(0, int)


EXPERIMENT = Experiment(
    "safety_mixing",
    safety_mixing,
    "How much do safety examples among the attacker's data preserve?",
    "allowed questions in the same places; as many harmful presentations",
    place=22,
)
