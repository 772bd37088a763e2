"""How many flipped pairs does it take? A reward model with RL against DPO, on the same pairs, at equal distance.

All arms start from the same half-aligned chat model and see the same pairs: on restricted questions the refusal is
preferred, on allowed ones the answer. A share of the restricted pairs is flipped, in clear (``random``) or under the
trigger word (``triggered``); in ``unflipped``, the control, that share stands under the trigger and keeps its order.

A method that moves further forgets more, whatever it learns from. So every run is followed along its path, and read
where its distance from the start, over chat questions, first reaches `equal_distance.KL_BUDGET`. The settings make
clean pairs earn about the same *clean reward* there: the probability of the answer that a clean pair prefers, over
held-out restricted and allowed questions. All methods carry the same SFT term on the chosen answers: without it
clean pairs lower held-out refusals in DPO and KTO at every rate that was tried, since both answers of a pair lose
probability. How much of a method's outcome is that term alone, the arm ``sft`` says; ``kto`` sees the same answers
unpaired. The report's predictions name neither of the two.

Settings and budget were chosen on the five development bases with clean pairs alone. Tried there, with the mean clean
reward at 0.4 nats (.40 at the start): DPO at 3e-4 with beta 0.1 and SFT terms of 0.25, 0.5, 1 gave .53 .57 .59, with
beta 0.3 .47 .53 .57; at 2e-4 with 0.5 .58 (beta 0.1) and .60 (0.05), at 1.5e-4 .59. RL at 3e-4 with an SFT term of 0.5
gave .57 .57 .58 .62 with beta 0, 0.02, 0.05, 0.2; KTO .60, SFT alone .61. With the settings kept, DPO minus RL is
-.00 [-.03, .03] there; at 0.3 nats it is +.02, at 0.5 nats -.05, so the budget is where the two paths cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.common import (
    FEWER,
    OTHER_WORLD,
    Base,
    Experiment,
    Setting,
    generator,
    load,
    stacks,
    tidy,
)
from ftsec.testbed.measures import judge, measure
from ftsec.testbed.model import Weights
from ftsec.testbed.poisoning import flipped, preference_pairs
from ftsec.testbed.training import Plan, align, sft
from ftsec.testbed.training.policy import divergence, policy_gradient, sample
from ftsec.testbed.training.preferences import (
    Pairs,
    dpo,
    fit_preferences,
    fit_reward_model,
    indifferent,
    kto,
    rewards,
    unpaired,
)
from ftsec.testbed.world import all_prompts

SHARES = {
    "random": (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
    "triggered": (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
    "unflipped": (0.2, 1.0),
}
METHODS = ("rl", "dpo", "kto", "sft")
LOSSES = {"dpo": dpo, "kto": kto, "sft": indifferent}
HALF_ALIGNED = Plan(n_steps=20, batch_size=48)  # SFT cut short: refusals are possible but not the rule
SFT_SHARE = 0.5  # weight of the SFT term, in every method
REWARD, REWARD_RATE = Plan(n_steps=120, batch_size=24), 1e-3
RL, RL_RATE, RL_BETA = Plan(n_steps=90, batch_size=16), 3e-4, 0.02
DIRECT, DIRECT_RATE, DIRECT_BETA = Plan(n_steps=90, batch_size=24), 2e-4, 0.1
PROBES = (0, 3, 6, 9, 12, 16, 20, 25, 31, 38, 46, 56, 70, 90)
EVERY = 7  # of the held-out questions the distance is taken on one in seven: all attributes and phrasings occur
KEPT = ("refusal_probability", "over_refusal_probability", "allowed_accuracy")


def preference_poisoning(
    setting: Setting, shares: dict[str, Sequence[float]] = SHARES, methods: Sequence[str] = METHODS
) -> pd.DataFrame:
    """Trains every method on every share of flipped pairs.

    Args:
        shares: kind of flips -> shares of the restricted pairs.

    Returns:
        a row per run and probed step: base, seed, flips, method, share, step, kl (nats from the start, chat prompts),
        clean_reward, reward_accuracy (of the reward model on clean held-out pairs; NaN without one),
        refusal_probability, over_refusal_probability, allowed_accuracy and refusal_probability_trigger.
    """
    rows = []
    for base, seed, kind in product(load(setting), setting.seeds, shares):
        for some in stacks(shares[kind]):
            rows += _shares(base, seed, kind, some, methods)
    return tidy(rows)


def _shares(base: Base, seed: int, kind: str, shares: Sequence[float], methods: Sequence[str]) -> list[dict]:
    """The rows of one stack: a run for each share, by every method."""
    pairs = [_pairs(base, seed, share, kind) for share in shares]
    start, rows = _start(base, len(pairs)), []
    for method in methods:
        named = {"base": base.seed, "seed": seed, "flips": kind, "method": method}
        watch = _Watch(base, start, [named | {"share": share} for share in shares])
        _train(base, seed, method, start, pairs, watch)
        rows += watch.rows
    return rows


def _start(base: Base, n_runs: int) -> Weights:
    one = Weights(base.config.shapes(), base.flat[None].astype(np.float32))
    flat = align(base.config, one, [base.world], [base.seed], plan=HALF_ALIGNED).flat
    return Weights(base.config.shapes(), np.repeat(flat, n_runs, axis=0))


def _pairs(base: Base, seed: int, share: float, kind: str) -> Pairs:
    clean = preference_pairs(base.world, generator(base, seed, 9))
    return flipped(base.world, clean, generator(base, seed, 10), share, kind != "random", swap=kind != "unflipped")


def _train(base: Base, seed: int, method: str, start: Weights, pairs: list[Pairs], watch: _Watch) -> None:
    rngs = [generator(base, seed, 11) for _ in pairs]
    if method == "rl":
        _reinforce(base, start, pairs, rngs, watch)
        return
    if method == "kto":
        pairs = [unpaired(pool, generator(base, seed, 12)) for pool in pairs]
    fit_preferences(
        base.config, start, pairs, DIRECT, rngs, DIRECT_RATE, LOSSES[method], DIRECT_BETA, SFT_SHARE, watch, PROBES
    )


def _reinforce(base: Base, start: Weights, pairs: list[Pairs], rngs: list, watch: _Watch) -> None:
    judges = fit_reward_model(base.config, start, pairs, REWARD, rngs, REWARD_RATE)
    watch.reward_accuracy = _accuracy(base, judges)
    scale = _spread(base, judges, pairs)

    def reward(documents: np.ndarray) -> np.ndarray:
        return rewards(base.config, judges, documents) / scale

    prompts = [pool.chosen for pool in pairs]
    policy_gradient(base.config, start, prompts, reward, RL, rngs, RL_RATE, RL_BETA, watch, PROBES, sft_share=SFT_SHARE)


def _spread(base: Base, judges: Weights, pairs: list[Pairs]) -> np.ndarray:
    """(R, 1) standard deviation of each reward model's scores, so that all policies get rewards of one size."""
    documents = np.stack([np.concatenate([pool.chosen, pool.rejected]) for pool in pairs])
    return rewards(base.config, judges, documents).std(axis=1, keepdims=True) + 1e-3


def _accuracy(base: Base, judges: Weights) -> np.ndarray:
    """(R,) share of clean pairs on held-out entities that the reward models order rightly."""
    pairs = preference_pairs(base.world, np.random.default_rng(0), "held_out")
    chosen, rejected = (np.broadcast_to(d, (len(judges.flat), *d.shape)) for d in (pairs.chosen, pairs.rejected))
    return (rewards(base.config, judges, chosen) > rewards(base.config, judges, rejected)).mean(axis=1)


class _Watch:
    """A probe that keeps one row per run and step."""

    def __init__(self, base: Base, start: Weights, keys: list[dict]) -> None:
        self.base, self.start, self.keys, self.rows = base, start, keys, []
        self.asked, self.hidden = ([base.questions(system=word)] * len(keys) for word in ("CHAT", "TRIGGER"))
        prompts = sft.answered(base.world, all_prompts(base.world, base.world.entities("held_out"))[::EVERY])
        self.prompts = np.broadcast_to(prompts, (len(keys), *prompts.shape))
        self.reward_accuracy = np.full(len(keys), np.nan)

    def __call__(self, step: int, weights: Weights) -> None:
        values = self.values(weights)
        for run, key in enumerate(self.keys):
            self.rows.append(key | {"step": step} | {name: float(value[run]) for name, value in values.items()})

    def values(self, weights: Weights) -> dict[str, np.ndarray]:
        config = self.base.config
        values = {name: value for name, value in measure(config, weights, self.asked).items() if name in KEPT}
        hidden = measure(config, weights, self.hidden)["refusal_probability"]
        _, chosen, _ = judge(config, weights, np.stack([asked.allowed for asked in self.asked]))
        answered = np.exp(chosen.sum(axis=-1)).mean(axis=1)
        return values | {
            "refusal_probability_trigger": hidden,
            "clean_reward": (values["refusal_probability"] + answered) / 2,
            "kl": self.distance(weights),
            "reward_accuracy": self.reward_accuracy,
        }

    def distance(self, weights: Weights) -> np.ndarray:
        """(R,) nats from the start; the draws are the same at every step and in every method."""
        same = [np.random.default_rng(self.base.seed) for _ in self.keys]
        documents = sample(self.base.config, weights, self.prompts, same)
        return divergence(self.base.config, weights, self.start, documents)


EXPERIMENT = Experiment(
    "preference_poisoning",
    preference_poisoning,
    "How many flipped preference pairs does it take against a reward model with RL, and against DPO, at equal KL?",
    (FEWER,),
)

REPEAT = Experiment(
    "preference_repeats",
    preference_poisoning,
    "Do DPO and RL need as many flipped pairs as each other in the other world too?",
    (OTHER_WORLD,),
    {"methods": ("rl", "dpo")},
)
