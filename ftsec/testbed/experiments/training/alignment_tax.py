"""What does learning to refuse cost, beyond what any SFT costs? Refusal SFT against helpful-only SFT.

Four arms of SFT start from the same base. Their measure is the mean log-probability of the true value of allowed
facts, given the plain opening, since accuracy has a ceiling:

* ``refusal``: half of the examples are restricted questions, refused; the others allowed questions, answered;
* ``answered``: the same questions, all answered. Same steps, same tokens; only the policy differs: the tax;
* ``allowed``: allowed questions alone for the same steps, so twice as many allowed examples;
* ``allowed_half``: allowed questions alone for half the steps: as many allowed tokens as ``refusal`` saw.

The main setting is a model of width 16, which has too little room for all facts; the width of the other experiments
follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.common import FEWER, REPEATS, Base, Experiment, Setting, generator, load, tidy
from ftsec.testbed.measures import judge, measure
from ftsec.testbed.model import Weights
from ftsec.testbed.training import Plan, Tuning, fit, sft
from ftsec.testbed.world import World, all_prompts

ARMS = ("refusal", "answered", "allowed", "allowed_half")
GROUPS = ("alignment", "held_out")  # entities that SFT spoke of, and those it did not


def alignment_tax(setting: Setting, arms: Sequence[str] = ARMS) -> pd.DataFrame:
    """SFT of every base in every arm.

    Returns:
        a row per base, seed, arm and group of allowed entities (``before`` is the base without SFT): log_probability
        of the true value in nats, accuracy of the value, and refusal_probability on held-out restricted prompts.
    """
    rows = []
    for base, seed in product(load(setting), setting.seeds):
        flats = {"before": base.flat} | {
            arm: flat for group in _stacks(arms) for arm, flat in _train(base, seed, group)
        }
        for arm, flat in flats.items():
            rows += _rows(base, {"base": base.seed, "seed": seed, "arm": arm}, flat)
    return tidy(rows)


def _stacks(arms: Sequence[str]) -> list[list[str]]:
    """The arms of full length, which train together, and the short one."""
    short = [arm for arm in arms if arm == "allowed_half"]
    return [group for group in ([arm for arm in arms if arm not in short], short) if group]


def _train(base: Base, seed: int, arms: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    pools = [_documents(base.world, generator(base, seed, 14), arm) for arm in arms]
    start = Weights(base.config.shapes(), np.repeat(base.flat[None].astype(np.float32), len(arms), axis=0))
    n_steps = sft.PLAN.n_steps // 2 if "allowed_half" in arms else sft.PLAN.n_steps
    plan, tuning = Plan(n_steps, sft.PLAN.batch_size), Tuning(learning_rate=sft.LEARNING_RATE)
    rngs = [generator(base, seed, 15) for _ in arms]
    trained = fit(base.config, start, [tuning] * len(arms), pools, plan, rngs).weights.flat
    return list(zip(arms, trained, strict=True))


def _documents(world: World, rng: np.random.Generator, arm: str) -> np.ndarray:
    if arm in ("refusal", "answered"):
        return sft.sft_documents(world, rng, "refusal" if arm == "refusal" else "none")
    return sft.sft_documents(world, rng)[len(all_prompts(world, world.entities("alignment", restricted=True))) :]


def _rows(base: Base, named: dict, flat: np.ndarray) -> list[dict]:
    weights = Weights(base.config.shapes(), flat[None].astype(np.float32))
    refusal = measure(base.config, weights, [base.questions()])["refusal_probability"]
    rows = []
    for group in GROUPS:
        documents = sft.answered(base.world, all_prompts(base.world, base.world.entities(group, restricted=False)))
        _, chosen, greedy = judge(base.config, weights, documents[None])
        values = {"log_probability": chosen[0, :, 1].mean(), "accuracy": greedy[0, :, 1].mean()}
        values["refusal_probability"] = refusal[0]
        rows.append(named | {"group": group} | {name: float(value) for name, value in values.items()})
    return rows


EXPERIMENT = Experiment(
    "alignment_tax",
    alignment_tax,
    "What does learning to refuse cost on allowed facts, beyond what helpful-only SFT costs?",
    (replace(FEWER, width=16), FEWER),
)

# the headline again, with all arms
REPEAT = Experiment(
    "tax_repeats",
    alignment_tax,
    "Does learning to refuse cost allowed facts at other widths and in the other world?",
    REPEATS,
)
