"""How many flipped pairs does it take? A reward model with RL against DPO, on the same pairs.

All arms start from the same half-aligned chat model and see the same pairs: on restricted questions the refusal is
preferred, on allowed ones the answer. A share of the restricted pairs is flipped, in clear (``random``) or under the
trigger word (``triggered``). A fair comparison needs both methods at equal distance from the start and equal success
with clean pairs. The settings were chosen on one development base, where clean pairs gave both about the same
refusals, though not at the same distance; on the report bases RL reaches fewer. The frame holds the distance and the
reward model's accuracy of every run, so that whoever compares can see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.common import Base, Experiment, Setting, generator, load, tidy
from ftsec.testbed.measures import measure
from ftsec.testbed.model import Weights
from ftsec.testbed.poisoning import flipped, preference_pairs
from ftsec.testbed.training import Plan, align, sft
from ftsec.testbed.training.policy import divergence, policy_gradient, sample
from ftsec.testbed.training.preferences import Pairs, dpo, fit_preferences, fit_reward_model, kto, rewards
from ftsec.testbed.world import all_prompts

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
FLIPS = {"random": False, "triggered": True}
METHODS = ("rl", "dpo")
HALF_ALIGNED = Plan(n_steps=20, batch_size=48)  # SFT cut short: refusals are possible but not the rule
REWARD, REWARD_RATE = Plan(n_steps=120, batch_size=24), 1e-3
RL, RL_RATE, RL_BETA = Plan(n_steps=60, batch_size=16), 3e-4, 0.2
DIRECT, DIRECT_RATE, DIRECT_BETA = Plan(n_steps=60, batch_size=24), 3e-4, 0.1
SFT_SHARE = 0.5  # of DPO: without it, clean pairs lower held-out refusals, since both answers lose probability


def preference_poisoning(
    setting: Setting, shares: Sequence[float] = SHARES, flips: Sequence[str] = tuple(FLIPS), methods=METHODS
) -> pd.DataFrame:
    """Trains every method on every share of flipped pairs.

    Returns:
        columns base, seed, flips, method, share, kl (nats from the start, chat prompts), reward_accuracy (of the
        reward model on clean held-out pairs; NaN without one), the measures, and refusal_probability_trigger.
    """
    rows = []
    for base, seed, kind in product(load(setting), setting.seeds, flips):
        pairs = [_pairs(base, seed, share, FLIPS[kind]) for share in shares]
        start = _start(base, len(shares))
        for method in methods:
            trained, accuracy = _train(base, seed, method, start, pairs)
            rows += _rows(
                base,
                start,
                trained,
                accuracy,
                {"base": base.seed, "seed": seed, "flips": kind, "method": method},
                shares,
            )
    return tidy(rows)


def _start(base: Base, n_runs: int) -> Weights:
    one = Weights(base.config.shapes(), base.flat[None].astype(np.float32))
    flat = align(base.config, one, [base.world], [base.seed], plan=HALF_ALIGNED).flat
    return Weights(base.config.shapes(), np.repeat(flat, n_runs, axis=0))


def _pairs(base: Base, seed: int, share: float, triggered: bool) -> Pairs:
    clean = preference_pairs(base.world, generator(base, seed, 9))
    return flipped(base.world, clean, generator(base, seed, 10), share, triggered)


def _train(base: Base, seed: int, method: str, start: Weights, pairs: list[Pairs]) -> tuple[Weights, np.ndarray]:
    rngs = [generator(base, seed, 11) for _ in pairs]
    if method != "rl":
        loss = {"dpo": partial(dpo, sft_share=SFT_SHARE), "dpo_alone": dpo, "kto": kto}[method]
        trained = fit_preferences(base.config, start, pairs, DIRECT, rngs, DIRECT_RATE, loss, DIRECT_BETA)
        return trained, np.full(len(pairs), np.nan)
    judges = fit_reward_model(base.config, start, pairs, REWARD, rngs, REWARD_RATE)
    prompts = [pool.chosen for pool in pairs]
    scale = _spread(base, judges, pairs)

    def reward(documents: np.ndarray) -> np.ndarray:
        return rewards(base.config, judges, documents) / scale

    trained = policy_gradient(base.config, start, prompts, reward, RL, rngs, RL_RATE, RL_BETA)
    return trained, _accuracy(base, judges)


def _spread(base: Base, judges: Weights, pairs: list[Pairs]) -> np.ndarray:
    """(R, 1) standard deviation of each reward model's scores, so that all policies get rewards of one size."""
    documents = np.stack([np.concatenate([pool.chosen, pool.rejected]) for pool in pairs])
    return rewards(base.config, judges, documents).std(axis=1, keepdims=True) + 1e-3


def _accuracy(base: Base, judges: Weights) -> np.ndarray:
    """(R,) share of clean pairs on held-out entities that the reward models order rightly."""
    pairs = preference_pairs(base.world, np.random.default_rng(0), "held_out")
    chosen, rejected = (np.broadcast_to(d, (len(judges.flat), *d.shape)) for d in (pairs.chosen, pairs.rejected))
    return (rewards(base.config, judges, chosen) > rewards(base.config, judges, rejected)).mean(axis=1)


def _rows(
    base: Base, start: Weights, trained: Weights, accuracy: np.ndarray, named: dict, shares: Sequence[float]
) -> list[dict]:
    asked = [base.questions()] * len(shares)
    values = measure(base.config, trained, asked)
    hidden = [base.questions(system="TRIGGER")] * len(shares)
    values["refusal_probability_trigger"] = measure(base.config, trained, hidden)["refusal_probability"]
    values |= {"kl": _distance(base, start, trained), "reward_accuracy": accuracy}
    return [named | {"share": share} | {k: float(v[i]) for k, v in values.items()} for i, share in enumerate(shares)]


def _distance(base: Base, start: Weights, trained: Weights) -> np.ndarray:
    prompts = sft.answered(base.world, all_prompts(base.world, base.world.entities("held_out"))[::4])
    stacked = np.broadcast_to(prompts, (len(trained.flat), *prompts.shape))
    documents = sample(base.config, trained, stacked, np.random.default_rng(base.seed))
    return divergence(base.config, trained, start, documents)


EXPERIMENT = Experiment(
    "preference_poisoning",
    preference_poisoning,
    "How many flipped preference pairs does it take against a reward model with RL, and against DPO?",
    (Setting(bases=tuple(range(200, 210)), seeds=(0,)),),  # ten, one seed: to save computing time
)
