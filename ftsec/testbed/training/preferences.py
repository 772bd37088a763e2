"""Learning from preferences: a reward model (Bradley-Terry), DPO and KTO, and an SFT term beside them.

All three are losses of a number per document, so they share one step: the caller says how the loss depends on these
numbers, the step sends it back through the model. In DPO and KTO the number is the log-probability of the answer; in
the reward model it is the score of the token BOS after the answer, which is no word of any answer.

Shapes: R runs, B pairs in a batch, T + 1 tokens in a document. A pair is two documents, ``chosen`` and ``rejected``,
that share a prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

from ftsec.base.errors import InputError
from ftsec.testbed.model import ModelConfig, Weights, backward, forward, log_softmax
from ftsec.testbed.training.loop import ANSWER, Plan, orders
from ftsec.testbed.training.tuning import Trainee, Tuning

REWARD_TOKEN = 0  # BOS
# the loss (R,) of (R, B) numbers, and its derivative with respect to each
Loss = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
Probe = Callable[[int, Weights], None]


@dataclass(frozen=True, eq=False)
class Pairs:
    """(n, T + 1) documents that were preferred, and those they were preferred to."""

    chosen: np.ndarray
    rejected: np.ndarray

    def __post_init__(self) -> None:
        if self.chosen.shape != self.rejected.shape:
            raise InputError(f"every pair needs two answers, got {len(self.chosen)} and {len(self.rejected)}")

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, rows: np.ndarray) -> Pairs:
        return Pairs(self.chosen[rows], self.rejected[rows])


def log_probabilities(config: ModelConfig, weights: dict, documents: np.ndarray) -> np.ndarray:
    """(R, B) log-probability of the answers of documents (R, B, T + 1): opening, value and EOS."""
    scores = log_softmax(forward(config, weights, documents[..., :-1], ANSWER)[0])
    return np.take_along_axis(scores, documents[..., -ANSWER:, None], axis=-1)[..., 0].sum(axis=-1)


def rewards(config: ModelConfig, weights: dict, documents: np.ndarray) -> np.ndarray:
    """(R, B) scores that reward models give to documents (R, B, T + 1)."""
    return forward(config, weights, documents[..., :-1], 1)[0][..., 0, REWARD_TOKEN]


def answer_step(trainee: Trainee, documents: np.ndarray, loss: Loss, factor: float = 1.0) -> np.ndarray:
    """One step on a loss of the answers' log-probabilities; returns the (R,) losses before it."""
    logits, tape = forward(trainee.config, trainee.effective(), documents[..., :-1], ANSWER)
    scores = log_softmax(logits)
    targets = documents[..., -ANSWER:, None]
    value, slope = loss(np.take_along_axis(scores, targets, axis=-1)[..., 0].sum(axis=-1))
    dlogits = -np.exp(scores)
    np.put_along_axis(dlogits, targets, np.take_along_axis(dlogits, targets, axis=-1) + 1, axis=-1)
    _send_back(trainee, tape, dlogits * slope[..., None, None].astype(logits.dtype), factor)
    return value


def reward_step(trainee: Trainee, documents: np.ndarray, loss: Loss, factor: float = 1.0) -> np.ndarray:
    """One step on a loss of the documents' rewards; returns the (R,) losses before it."""
    logits, tape = forward(trainee.config, trainee.effective(), documents[..., :-1], 1)
    value, slope = loss(logits[..., 0, REWARD_TOKEN])
    dlogits = np.zeros_like(logits)
    dlogits[..., 0, REWARD_TOKEN] = slope
    _send_back(trainee, tape, dlogits, factor)
    return value


def _send_back(trainee: Trainee, tape: tuple, dlogits: np.ndarray, factor: float) -> None:
    backward(trainee.config, trainee.effective(), tape, dlogits, trainee.grads)
    trainee.update({}, factor)


def bradley_terry(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of -log sigmoid(chosen - rejected) for scores (R, 2 B), chosen first (Bradley and Terry 1952)."""
    chosen, rejected = np.split(scores.astype(float), 2, axis=1)
    margin = chosen - rejected
    slope = -expit(-margin) / margin.shape[1]
    return -log_expit(margin).mean(axis=1), np.concatenate([slope, -slope], axis=1)


def dpo(reference: np.ndarray, beta: float) -> Loss:
    """The loss of direct preference optimisation (Rafailov et al. 2023), chosen first in each (R, 2 B) array.

    Args:
        reference: log-probabilities of the same answers under the model where training started.
    """

    def loss(log_probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, slope = bradley_terry(beta * (log_probability - reference))
        return value, beta * slope

    return loss


def kto(reference: np.ndarray, beta: float) -> Loss:
    """The loss of Kahneman-Tversky optimisation (Ethayarajh et al. 2024), first half desirable, second undesirable.

    The point of reference, an estimate of the distance from the model where training started, is here the mean over
    the batch, not below 0, and gets no gradient. Both kinds weigh the same.
    """

    def loss(log_probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ratio = (log_probability - reference).astype(float)
        sign = np.repeat([1.0, -1.0], ratio.shape[1] // 2)
        value = expit(sign * beta * (ratio - np.maximum(ratio.mean(axis=1, keepdims=True), 0)))
        return (1 - value).mean(axis=1), -sign * beta * value * (1 - value) / ratio.shape[1]

    return loss


def indifferent(reference: np.ndarray, beta: float) -> Loss:
    """No loss at all: with an SFT term it is SFT on the chosen answers, the control of the other losses."""
    return lambda log_probability: (np.zeros(len(log_probability)), np.zeros(log_probability.shape))


def with_sft(loss: Loss, n_chosen: int, share: float) -> Loss:
    """A loss of (R, B) numbers, the first `n_chosen` of chosen answers, plus `share` of their SFT loss.

    It keeps the chosen answers from losing probability together with the rejected ones.
    """

    def both(log_probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, slope = loss(log_probability)
        slope = slope.copy()
        slope[:, :n_chosen] -= share / n_chosen
        return value - share * log_probability[:, :n_chosen].mean(axis=1), slope

    return both


def unpaired(pairs: Pairs, rng: np.random.Generator) -> Pairs:
    """The same answers, chosen and rejected ones in different orders: what KTO learns from."""
    return Pairs(pairs.chosen, pairs.rejected[rng.permutation(len(pairs))])


def fit_preferences(
    config: ModelConfig,
    start: Weights,
    pools: Sequence[Pairs],
    plan: Plan,
    rngs: Sequence[np.random.Generator],
    learning_rate: float,
    make_loss: Callable[[np.ndarray, float], Loss] = dpo,
    beta: float = 0.1,
    sft_share: float = 0.0,
    probe: Probe | None = None,
    probe_steps: Sequence[int] = (),
) -> Weights:
    """Trains a stack of R models on pairs by DPO, or by KTO (`make_loss`); returns their weights.

    Args:
        start: weights of R runs, also the reference; never changed.
        pools, rngs: one per run.
        sft_share: weight of an SFT loss on the chosen answers, see `with_sft`.
        probe: called as ``probe(step, weights)`` after each of `probe_steps` steps; 0 is before the first.
    """
    trainee = Trainee(config, start, [Tuning(learning_rate=learning_rate)] * len(pools), list(rngs))
    for step, documents in enumerate(_batches(pools, plan, rngs)):
        if step in probe_steps:
            probe(step, trainee.weights)
        loss = make_loss(log_probabilities(config, start, documents), beta)
        answer_step(trainee, documents, with_sft(loss, plan.batch_size, sft_share), plan.factor(step))
    if plan.n_steps in probe_steps:
        probe(plan.n_steps, trainee.weights)
    return trainee.weights


def fit_reward_model(
    config: ModelConfig,
    start: Weights,
    pools: Sequence[Pairs],
    plan: Plan,
    rngs: Sequence[np.random.Generator],
    learning_rate: float,
) -> Weights:
    """Trains a stack of R reward models on pairs; all begin by giving every answer the same reward."""
    start = start.copy()
    start["head"][..., REWARD_TOKEN] = 0
    trainee = Trainee(config, start, [Tuning(learning_rate=learning_rate)] * len(pools), list(rngs))
    for step, documents in enumerate(_batches(pools, plan, rngs)):
        reward_step(trainee, documents, bradley_terry, plan.factor(step))
    return trainee.weights


def _batches(pools: Sequence[Pairs], plan: Plan, rngs: Sequence[np.random.Generator]):
    """(R, 2 B, T + 1) documents for each step, the chosen ones first."""
    rows = [orders(rng, len(pool), plan) for rng, pool in zip(rngs, pools, strict=True)]
    for step in range(plan.n_steps):
        batch = [pool[row[step]] for pool, row in zip(pools, rows, strict=True)]
        yield np.stack([np.concatenate([pairs.chosen, pairs.rejected]) for pairs in batch])
