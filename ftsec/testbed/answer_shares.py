"""What a model answers while it is attacked: the probabilities of refusing, of the true answer and of anything else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.attacks.dose_response import BATCH_SIZE, KINDS, PROBES
from ftsec.testbed.experiments.common import FineTuning, Setting, generator, load, stacks, tidy
from ftsec.testbed.measures import Questions, judge
from ftsec.testbed.model import ModelConfig, Weights
from ftsec.testbed.training import Plan, Tuning, fit

SHARES = ("refusal", "true_answer", "anything_else")


def shares(config: ModelConfig, weights: dict, questions: Sequence[Questions], prefix: dict | None = None) -> dict:
    """Mean probability of each of `SHARES` on held-out restricted questions, for a stack of R models, (R,) each.

    The three add up to 1: a refusal and the true answer are whole answers, everything else is the rest.
    """
    n = len(questions[0].refusing)
    documents = np.stack([np.concatenate([each.refusing, each.complying]) for each in questions])
    _, chosen, _ = judge(config, weights, documents, prefix)
    spoken = np.exp(chosen.sum(axis=-1))
    refusal, true_answer = spoken[:, :n].mean(axis=1), spoken[:, n:].mean(axis=1)
    return dict(zip(SHARES, (refusal, true_answer, 1 - refusal - true_answer), strict=True))


def answers_over_steps(setting: Setting, n_examples: int, learning_rate: float, n_steps: int) -> pd.DataFrame:
    """Full fine-tuning on restricted questions with answers (attack) and on allowed ones (control), step by step.

    Returns:
        columns base, seed, kind, step and `SHARES`. These are the runs of `dose_response`, asked more.
    """
    steps = sorted({min(step, n_steps) for step in PROBES} | {n_steps})
    rows: list[dict] = []
    for runs in stacks([_run(*cell, n_examples) for cell in product(load(setting), setting.seeds, KINDS)]):
        rows += _watched(runs, learning_rate, Plan(n_steps, BATCH_SIZE), steps)
    return tidy(rows)


def _run(base, seed: int, kind: str, n_examples: int) -> FineTuning:
    pool = KINDS[kind](base.world, generator(base, seed), n_examples)
    return FineTuning(base, seed, base.chat(), pool, Tuning(), {"kind": kind})


def _watched(runs: Sequence[FineTuning], learning_rate: float, plan: Plan, steps: Sequence[int]) -> list[dict]:
    """Trains a stack, and asks at each of the steps."""
    config, rows = runs[0].base.config, []
    questions = [run.base.questions() for run in runs]

    def probe(step: int, weights: dict, prefix: dict | None) -> None:
        found = shares(config, weights, questions, prefix)
        for place, run in enumerate(runs):
            rows.append(run.key | {"step": step} | {name: float(found[name][place]) for name in SHARES})

    start = Weights(config.shapes(), np.stack([run.start for run in runs]))
    rngs = [generator(run.base, run.seed, stage=1) for run in runs]
    fit(
        config,
        start,
        [Tuning(learning_rate=learning_rate)] * len(runs),
        [r.pool for r in runs],
        plan,
        rngs,
        probe,
        steps,
    )
    return rows
