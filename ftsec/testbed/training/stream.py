"""Training on a stream: documents in a fixed order, so that what stands where in the data is part of the design."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ftsec.base.errors import InputError
from ftsec.testbed.model import ModelConfig, Weights
from ftsec.testbed.training.loop import Plan, train_step
from ftsec.testbed.training.tuning import Trainee, Tuning


def fit_stream(
    config: ModelConfig, start: Weights, streams: Sequence[np.ndarray], plan: Plan, learning_rate: float
) -> Weights:
    """Trains all weights of a stack of R runs, each on its own stream of (n, T + 1) documents, and returns them.

    A stream that ends before the plan does begins again in the same order: that is another epoch.

    Raises:
        InputError: if a stream is empty.
    """
    if not all(len(stream) for stream in streams):
        raise InputError("there is nothing to train on: the stream of documents is empty")
    rngs = [np.random.default_rng(0) for _ in streams]  # full fine-tuning draws no numbers
    trainee = Trainee(config, start, [Tuning(learning_rate=learning_rate)] * len(streams), rngs, plan.optimizer)
    for step in range(plan.n_steps):
        rows = np.arange(step * plan.batch_size, (step + 1) * plan.batch_size)
        batch = np.stack([stream[rows % len(stream)] for stream in streams])
        train_step(trainee, trainee.effective(), batch, plan.tail or config.length, plan.factor(step))
    return trainee.weights
