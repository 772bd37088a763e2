"""Does optimising a learnt reward harm the true one? Reward models from few to many comparisons, best-of-n and RL.

The true (*gold*) reward is a fixed random network, a model of the same shape that nobody trained, so that it is known
for every answer. The policy to be optimised answers at random among 10 openings and 18 values. Reward models start from
the chat model and learn from comparisons of the policy's answers that the gold reward decides without error. Each is
then optimised: by best-of-n, and by a policy gradient without a penalty. Both rewards are in units of the gold
reward's standard deviation over the policy's answers, and measured on questions that no comparison was about.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.common import FEWER, OTHER_WORLD, Base, Experiment, Setting, generator, load, tidy
from ftsec.testbed.model import Weights, initial_weights
from ftsec.testbed.training import Plan, Tuning, fit
from ftsec.testbed.training.policy import (
    OPENING,
    VALUE,
    best_of_n,
    best_of_n_divergence,
    divergence,
    policy_gradient,
    sample,
)
from ftsec.testbed.training.preferences import Pairs, fit_reward_model, rewards
from ftsec.testbed.training.sft import answered
from ftsec.testbed.world import N_TOPICS, OPENINGS, World, all_prompts

N_COMPARISONS = (50, 200, 1000, 5000)
SAMPLES, N_PROMPTS = 1024, 24  # answers to each of the prompts that best-of-n is measured on
BEST_OF = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
SPREADING, SPREADING_RATE = Plan(n_steps=150, batch_size=48), 2e-3
REWARD, REWARD_RATE = Plan(n_steps=200, batch_size=24), 1e-3
RL, RL_RATE = Plan(n_steps=320, batch_size=16), 1e-3
RL_PROBES = (0, 5, 10, 20, 40, 80, 120, 160, 240, 320)


def reward_overoptimization(setting: Setting, n_comparisons: Sequence[int] = N_COMPARISONS) -> pd.DataFrame:
    """Learns and optimises a reward model for each number of comparisons.

    Returns:
        columns base, seed, method (``best_of_n``, ``rl``), n_comparisons, strength (n, or RL step), kl (nats from the
        first policy; the usual bound for best-of-n), proxy and gold (mean rewards), pair_accuracy (of the reward
        model on fresh comparisons).
    """
    rows = []
    for base, seed in product(load(setting), setting.seeds):
        rows += _Study(base, seed, n_comparisons).rows()
    return tidy(rows)


class _Study:
    """Everything about one base: the gold reward, the first policy, the reward models."""

    def __init__(self, base: Base, seed: int, n_comparisons: Sequence[int]) -> None:
        self.base, self.seed, self.sizes, self.config = base, seed, tuple(n_comparisons), base.config
        self.gold_model = initial_weights(self.config, [generator(base, seed, 20)])
        self.policy = self._spread_policy()
        self.asked = self._prompts("held_out", N_PROMPTS)
        self.answers = self._sampled(np.repeat(self.asked, SAMPLES, axis=0), 21)
        raw = rewards(self.config, self.gold_model, self.answers[None])[0]
        self.centre, self.scale = raw.mean(), raw.std()
        self.judges = self._judges()

    def gold(self, documents: np.ndarray) -> np.ndarray:
        """(R, B) gold rewards of documents (R, B, T + 1), all runs in one."""
        flat = rewards(self.config, self.gold_model, documents.reshape(1, -1, documents.shape[-1]))
        return (flat.reshape(documents.shape[:2]) - self.centre) / self.scale

    def _prompts(self, group: str, n: int | None = None) -> np.ndarray:
        world = self.base.world
        documents = answered(world, all_prompts(world, world.entities(group)))
        return generator(self.base, self.seed, 22).permutation(documents)[:n]

    def _spread_policy(self) -> Weights:
        """The base after SFT on random answers."""
        rng = generator(self.base, self.seed, 23)
        pool = scrambled(self.base.world, np.repeat(self._prompts("alignment"), 4, axis=0), rng)
        start = Weights(self.config.shapes(), self.base.flat[None].astype(np.float32))
        return fit(self.config, start, [Tuning(learning_rate=SPREADING_RATE)], [pool], SPREADING, [rng]).weights

    def _sampled(self, prompts: np.ndarray, stage: int) -> np.ndarray:
        return sample(self.config, self.policy, prompts[None], [generator(self.base, self.seed, stage)])[0]

    def _comparisons(self, group: str, n: int, stage: int) -> Pairs:
        prompts = self._prompts(group)
        prompts = prompts[generator(self.base, self.seed, stage).integers(len(prompts), size=n)]
        first, second = self._sampled(prompts, stage + 1), self._sampled(prompts, stage + 2)
        better = (self.gold(first[None]) > self.gold(second[None]))[0, :, None]
        return Pairs(np.where(better, first, second), np.where(better, second, first))

    def _judges(self) -> Weights:
        pools = [self._comparisons("alignment", max(self.sizes), 24)[np.arange(n)] for n in self.sizes]
        start = np.repeat(self.base.flat[None].astype(np.float32), len(self.sizes), axis=0)
        rngs = [generator(self.base, self.seed, 27) for _ in self.sizes]
        return fit_reward_model(self.config, Weights(self.config.shapes(), start), pools, REWARD, rngs, REWARD_RATE)

    def proxy(self, documents: np.ndarray) -> np.ndarray:
        """(R, B) rewards of the reward models, each in the gold reward's unit over the first policy's answers."""
        if not hasattr(self, "_unit"):
            seen = rewards(self.config, self.judges, self._stacked(self.answers[::32]))
            self._unit = seen.mean(axis=1, keepdims=True), seen.std(axis=1, keepdims=True)
        return (rewards(self.config, self.judges, documents) - self._unit[0]) / self._unit[1]

    def _stacked(self, documents: np.ndarray) -> np.ndarray:
        return np.broadcast_to(documents, (len(self.sizes), *documents.shape))

    def rows(self) -> list[dict]:
        fresh = self._comparisons("held_out", 500, 30)
        right = self.proxy(self._stacked(fresh.chosen)) > self.proxy(self._stacked(fresh.rejected))
        self.accuracy = right.mean(axis=1)
        return self._best_of_n() + self._rl()

    def _row(self, method: str, run: int, strength: int, kl: float, proxy: float, gold: float) -> dict:
        named = {"base": self.base.seed, "seed": self.seed, "method": method, "n_comparisons": self.sizes[run]}
        values = {"kl": kl, "proxy": proxy, "gold": gold, "pair_accuracy": self.accuracy[run]}
        return named | {"strength": strength} | {name: float(value) for name, value in values.items()}

    def _best_of_n(self) -> list[dict]:
        gold = self.gold(self.answers[None])[0].reshape(N_PROMPTS, SAMPLES)
        proxy = self.proxy(self._stacked(self.answers)).reshape(-1, N_PROMPTS, SAMPLES)
        return [
            self._row(
                "best_of_n", run, n, best_of_n_divergence(n), best_of_n(p, p, n).mean(), best_of_n(p, gold, n).mean()
            )
            for run, p in enumerate(proxy)
            for n in BEST_OF
        ]

    def _rl(self) -> list[dict]:
        start = Weights(self.config.shapes(), np.repeat(self.policy.flat, len(self.sizes), axis=0))
        prompts = [self._prompts("alignment")] * len(self.sizes)
        rngs = [generator(self.base, self.seed, 33) for _ in self.sizes]
        found: list[dict] = []

        def probe(step: int, weights: Weights) -> None:
            same = [np.random.default_rng(step) for _ in self.sizes]
            documents = sample(self.config, weights, self._stacked(np.repeat(self.asked, 8, axis=0)), same)
            kl = divergence(self.config, weights, start, documents)
            proxy, gold = (f(documents).mean(axis=1) for f in (self.proxy, self.gold))
            found.extend(self._row("rl", run, step, kl[run], proxy[run], gold[run]) for run in range(len(self.sizes)))

        policy_gradient(self.config, start, prompts, self.proxy, RL, rngs, RL_RATE, 0.0, probe, RL_PROBES)
        return found


def scrambled(world: World, documents: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The documents with a random opening word (of 10) and a random value word (of 18)."""
    openings = [world.token(f"OPEN_{i}") for i in range(N_TOPICS)] + [world.token(name) for name in OPENINGS]
    values = [*(world.token("VALUE_0_0") + np.arange(16)), world.token("NOPE"), world.token("DONE")]
    documents = documents.copy()
    documents[:, OPENING] = rng.choice(openings, len(documents))
    documents[:, VALUE] = rng.choice(values, len(documents))
    return documents


EXPERIMENT = Experiment(
    "reward_overoptimization",
    reward_overoptimization,
    "Does optimising a learnt reward lower the true one, and how does that depend on the comparisons?",
    (FEWER,),
)

REPEAT = Experiment(
    "reward_repeats",
    reward_overoptimization,
    "Does optimising a learnt reward lower the true one in the other world too?",
    (OTHER_WORLD,),
)
