"""Optimising a policy against a reward: sampling, best-of-n, and a policy gradient with a penalty on the distance.

The policy gradient takes one step on each batch of its own samples, so the clipped ratio of PPO (Schulman et al. 2017)
would always be 1 and is left out. What is kept of RLHF (Ouyang et al. 2022): the reward of a learned model, minus
`beta` times the log-ratio to the model where training started. The baseline is the mean over several answers to the
same prompt; a baseline over the whole batch would push down all answers to prompts with low rewards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import gammaln

from ftsec.base.errors import InputError
from ftsec.testbed.model import ModelConfig, Weights, forward, log_softmax
from ftsec.testbed.training.loop import Plan, orders
from ftsec.testbed.training.preferences import Loss, Probe, answer_step, log_probabilities, with_sft
from ftsec.testbed.training.tuning import Trainee, Tuning

OPENING, VALUE = -3, -2  # where an answer's two words stand in a document
N_ANSWERS = 4  # to each prompt of a batch
Reward = Callable[[np.ndarray], np.ndarray]  # documents (R, B, T + 1) -> rewards (R, B)


def sample(
    config: ModelConfig,
    weights: dict,
    prompts: np.ndarray,
    rngs: Sequence[np.random.Generator],
    temperature: float = 1.0,
) -> np.ndarray:
    """(R, B, T + 1) the documents with answers drawn anew from the models; what they answered before is not used.

    Each run draws from its own generator, so that its answers do not depend on its neighbours in the stack.
    """
    documents = prompts.copy()
    for place, tail in ((OPENING, 3), (VALUE, 2)):
        logits = forward(config, weights, documents[..., :-1], tail)[0][:, :, 0]
        # the largest of logits plus Gumbel noise is a draw from the softmax
        noise = np.stack([rng.gumbel(size=logits.shape[1:]) for rng in rngs])
        documents[..., place] = (logits / temperature + noise).argmax(axis=-1)
    return documents


def divergence(config: ModelConfig, weights: dict, reference: dict, documents: np.ndarray) -> np.ndarray:
    """(R,) mean KL divergence in nats, policy from reference, over the answers to these prompts.

    Opening by opening: the distance in the opening is exact; that in the value is exact given the document's opening,
    which has to be a sample of the policy.
    """
    ours, theirs = (
        log_softmax(forward(config, w, documents[..., :-1], 3)[0][:, :, :2].astype(float)) for w in (weights, reference)
    )
    return (np.exp(ours) * (ours - theirs)).sum(axis=(-1, -2)).mean(axis=1)


def policy_gradient(
    config: ModelConfig,
    start: Weights,
    prompts: Sequence[np.ndarray],
    reward: Reward,
    plan: Plan,
    rngs: Sequence[np.random.Generator],
    learning_rate: float,
    beta: float | np.ndarray,
    probe: Probe | None = None,
    probe_steps: Sequence[int] = (),
    sft_share: float = 0.0,
) -> Weights:
    """Trains R policies on their own samples; returns their weights.

    Args:
        start: weights of R runs, also the reference; never changed.
        prompts: one (n, T + 1) array of documents per run; only the SFT term uses their answers.
        reward: takes the sampled documents of all runs, `N_ANSWERS` to each of `plan.batch_size` prompts.
        beta: price of a nat of distance, one or (R, 1).
        sft_share: weight of an SFT loss on the prompts' answers (Ouyang et al. 2022 mix in text in the same way).
    """
    rows = np.stack([orders(rng, len(p), plan) for rng, p in zip(rngs, prompts, strict=True)])
    trainee = Trainee(config, start, [Tuning(learning_rate=learning_rate)] * len(prompts), list(rngs))
    for step in range(plan.n_steps):
        if step in probe_steps:
            probe(step, trainee.weights)
        batch = np.stack([p[row[step]] for p, row in zip(prompts, rows, strict=True)])
        documents = sample(config, trainee.weights, np.repeat(batch, N_ANSWERS, axis=1), rngs)
        loss = _penalised(config, start, documents, reward, beta)
        if sft_share:
            documents, loss = np.concatenate([batch, documents], axis=1), _beside(loss, plan.batch_size, sft_share)
        answer_step(trainee, documents, loss, plan.factor(step))
    if plan.n_steps in probe_steps:
        probe(plan.n_steps, trainee.weights)
    return trainee.weights


def _penalised(config: ModelConfig, start: Weights, documents: np.ndarray, reward: Reward, beta: float | np.ndarray):
    earned, reference = reward(documents), log_probabilities(config, start, documents)

    def loss(log_probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = (earned - beta * (log_probability - reference)).astype(float)
        answers = total.reshape(len(total), -1, N_ANSWERS)
        advantage = (answers - answers.mean(axis=-1, keepdims=True)).reshape(total.shape)
        return -total.mean(axis=1), -advantage / total.shape[1]

    return loss


def _beside(loss: Loss, n_chosen: int, share: float) -> Loss:
    """The loss of the samples, which stand behind `n_chosen` chosen answers, with an SFT term on these."""

    def of_samples(log_probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, slope = loss(log_probability[:, n_chosen:])
        return value, np.pad(slope, ((0, 0), (n_chosen, 0)))

    return with_sft(of_samples, n_chosen, share)


def best_of_n(proxy: np.ndarray, gold: np.ndarray, n: int) -> np.ndarray:
    """Expected gold reward of the answer with the highest proxy among `n`, without drawing any subset.

    Args:
        proxy, gold: (…, N) rewards of N samples for each prompt, N at least `n`.

    Returns:
        (…) the mean over all subsets of size n (the estimator of Gao et al. 2023, appendix I).
    """
    total = proxy.shape[-1]
    if not 1 <= n <= total:
        raise InputError(f"n must be between 1 and the {total} samples, got {n}")
    rank = np.arange(total)  # the sample of this rank is the best of a subset if the others rank below it
    with np.errstate(divide="ignore", invalid="ignore"):
        log_weight = gammaln(rank + 1) - gammaln(n) - gammaln(rank - n + 2)
    log_all = gammaln(total + 1) - gammaln(n + 1) - gammaln(total - n + 1)
    weight = np.where(rank >= n - 1, np.exp(log_weight - log_all), 0.0)
    return (np.take_along_axis(gold, proxy.argsort(axis=-1), axis=-1) * weight).sum(axis=-1)


def best_of_n_divergence(n: np.ndarray) -> np.ndarray:
    """Upper bound of the KL divergence of best-of-n from the policy, nats: log n - (n - 1) / n."""
    return np.log(n) - (np.asarray(n) - 1) / n
