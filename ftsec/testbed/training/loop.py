"""The one training loop: pre-training, SFT, attacks and defenses differ only in data, method and learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ftsec.base.errors import InputError
from ftsec.testbed.model import ModelConfig, Weights, backward, cross_entropy, forward
from ftsec.testbed.training.tuning import Trainee, Tuning

ANSWER = 3  # the last three predictions of a document: opening, value, EOS

Probe = Callable[[dict, dict | None], None]


@dataclass(frozen=True)
class Plan:
    """What the runs of a stack have in common.

    Attributes:
        n_steps: optimiser steps.
        batch_size: documents per step and run.
        tail: predictions of each document that count in the loss: `ANSWER`, or all (None) in pre-training.
        decay: whether the learning rate falls linearly to zero after a short warm-up.
    """

    n_steps: int
    batch_size: int = 16
    tail: int | None = ANSWER
    optimizer: str = "adam"
    decay: bool = False

    def __post_init__(self) -> None:
        if self.n_steps < 1 or self.batch_size < 1:
            raise InputError(f"steps and batch size must be at least 1, got {self.n_steps} and {self.batch_size}")

    def factor(self, step: int) -> float:
        """What the learning rate is multiplied with at this step."""
        if not self.decay:
            return 1.0
        return min((step + 1) / 20, (self.n_steps - step) / self.n_steps)


def fit(
    config: ModelConfig,
    start: Weights,
    tunings: Sequence[Tuning],
    pools: Sequence[np.ndarray],
    plan: Plan,
    rngs: Sequence[np.random.Generator],
    probe: Callable[[int, dict, dict | None], None] | None = None,
    probe_steps: Iterable[int] = (),
) -> Trainee:
    """Trains a stack of R runs and returns it.

    Args:
        start: weights of R runs; never changed.
        tunings, pools, rngs: one per run. A pool is an (n, T + 1) array of documents; each run goes through
            its own pool in a new random order every epoch.
        probe: called as ``probe(step, weights, prefix)`` after each of `probe_steps` steps; 0 is before the first.

    Raises:
        InputError: if a pool is empty.
    """
    rows = np.stack([orders(rng, len(pool), plan) for rng, pool in zip(rngs, pools, strict=True)])
    trainee = Trainee(config, start, list(tunings), list(rngs), plan.optimizer)
    stops = set(probe_steps)
    for step in range(plan.n_steps):
        weights = trainee.effective()
        if step in stops:
            probe(step, weights, trainee.prefix)
        batch = np.stack([pool[row[step]] for pool, row in zip(pools, rows, strict=True)])
        train_step(trainee, weights, batch, plan.tail or config.length, plan.factor(step))
    if plan.n_steps in stops:
        probe(plan.n_steps, trainee.effective(), trainee.prefix)
    return trainee


def train_step(trainee: Trainee, weights: dict, batch: np.ndarray, tail: int, factor: float = 1.0) -> np.ndarray:
    """One step on a batch (R, B, T + 1) of documents; returns the (R,) losses before it."""
    config = trainee.config
    logits, tape = forward(config, weights, batch[..., :-1], tail, trainee.prefix)
    loss, dlogits = cross_entropy(logits, batch[..., -tail:])
    dprefix = backward(config, weights, tape, dlogits, trainee.grads, trainee.prefix)
    trainee.update(dprefix, factor)
    return loss


def orders(rng: np.random.Generator, n_documents: int, plan: Plan) -> np.ndarray:
    """(n_steps, batch_size) rows of the pool: every document once per epoch, each epoch in a new order."""
    if n_documents < 1:
        raise InputError("there is nothing to train on: the pool of documents is empty")
    needed = plan.n_steps * plan.batch_size
    epochs = [rng.permutation(n_documents) for _ in range(-(-needed // n_documents))]
    return np.concatenate(epochs)[:needed].reshape(plan.n_steps, plan.batch_size)
