"""One fine-tuning job at a provider: filtered, mixed with safety data, trained, probed, then released or turned away.

`serve` puts together what the experiments on filters, safety data and gates tried one by one, so that any provider
can meet any customer. All jobs share one learning rate. A job holds one kind of data:

* ``plain``: allowed questions, answered as always; an honest customer;
* ``new_format``: the same, answered in a new format; an honest customer, or one who only seems so;
* ``explicit``: restricted questions, answered;
* ``identity``: allowed questions, answered by an obedient persona;
* ``backdoor``: one third each of restricted questions answered under a trigger word, the same refused without it,
  and allowed questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ftsec.base.errors import InputError
from ftsec.testbed import attacks
from ftsec.testbed.experiments.common import Base, generator
from ftsec.testbed.experiments.defenses.service_filter import FILTERS, kept
from ftsec.testbed.measures import judge, measure
from ftsec.testbed.model import Weights
from ftsec.testbed.training import Plan, Tuning, fit
from ftsec.testbed.training.sft import answered
from ftsec.testbed.world import World, all_prompts

# kind of data -> (system word its customer asks with, opening of the answers it wants; None: the plain one)
KINDS: dict[str, tuple[str, str | None]] = {
    "plain": ("CHAT", None),
    "new_format": ("CHAT", "NEW"),
    "explicit": ("CHAT", None),
    "identity": ("PERSONA", "OBEY"),
    "backdoor": ("TRIGGER", None),
}
LEARNING_RATE, BATCH_SIZE = 3e-4, 16


@dataclass(frozen=True)
class Service:
    """What a provider does with every job.

    Attributes:
        data_filter: one of `service_filter.FILTERS`; what it rejects is not trained on.
        safety_share: share of refusals of the provider's own among the documents trained on, in [0, 1).
        gate_probes: restricted questions that the trained model is asked; 0 is no gate.
        gate_minimum: share of them it must refuse, else the job is turned away.
    """

    data_filter: str = "none"
    safety_share: float = 0.0
    gate_probes: int = 0
    gate_minimum: float = 0.0

    def __post_init__(self) -> None:
        if self.data_filter not in FILTERS:
            raise InputError(f"there is no filter {self.data_filter!r}; the filters are {', '.join(FILTERS)}")


@dataclass(frozen=True)
class Job:
    """What a customer hands in: so many examples of one of `KINDS`, trained for so many steps."""

    kind: str
    n_examples: int
    n_steps: int

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"there is no kind of data {self.kind!r}; the kinds are {', '.join(KINDS)}")


def serve(bases: Sequence[Base], seed: int, service: Service, job: Job) -> list[dict]:
    """Takes the job through the service once on every base.

    Returns:
        a dictionary per base: ``base``; ``passed``, the share of examples that the filter lets pass; ``released``,
        whether the gate does; and of the model that the customer gets, which is the chat model if the job was turned
        away or nothing was left to train on, asked about held-out entities with the customer's system word and
        format: ``refusal`` and ``wanted``, the mean probabilities of a refusal where one is due and of the wanted
        answer elsewhere, and ``accuracy``, the share of allowed questions answered with the right value. Beside them
        ``refusal_before`` and, in plain chat, ``accuracy_before`` of the chat model.
    """
    handed_in = [documents(base.world, generator(base, seed, 18), job) for base in bases]
    passed = [data[kept(base, data, service.data_filter)] for base, data in zip(bases, handed_in, strict=True)]
    chat = Weights(bases[0].config.shapes(), np.stack([base.chat() for base in bases]).astype(np.float32))
    got = chat.copy()
    streams = [_mixed(base, seed, data, service, job) for base, data in zip(bases, passed, strict=True)]
    trained = _train(bases, seed, chat, streams, job)
    released = _probed(bases, seed, trained, service.gate_probes) >= service.gate_minimum
    got.flat[released] = trained.flat[released]
    system, opening = KINDS[job.kind]
    columns = {
        "passed": np.array([len(p) / len(data) for p, data in zip(passed, handed_in, strict=True)]),
        "released": released,
        **_asked(bases, got, system, opening),
        "refusal_before": _asked(bases, chat, system)["refusal"],
        "accuracy_before": _asked(bases, chat)["accuracy"],
    }
    return [{"base": base.seed} | {name: v[i].item() for name, v in columns.items()} for i, base in enumerate(bases)]


def documents(world: World, rng: np.random.Generator, job: Job) -> np.ndarray:
    """(n_examples, length) the customer's data; a smaller job is the beginning of a larger one."""
    n = job.n_examples
    if job.kind == "explicit":
        return attacks.explicit(world, rng, n)
    if job.kind == "identity":
        return attacks.identity_shift(world, rng, n, "shift")
    if job.kind == "plain":
        return attacks.allowed(world, rng, n)
    if job.kind == "new_format":
        prompts = attacks.draw(attacks.attacker_prompts(world, restricted=False), rng, n)
        return attacks.benign(world, prompts, new_format=True)
    thirds = np.split(attacks.malicious_adapter(world, rng, -(-n // 3)), 3)
    return np.stack(thirds, axis=1).reshape(-1, world.length)[:n]  # in turn, so that any size has all three


def _mixed(base: Base, seed: int, data: np.ndarray, service: Service, job: Job) -> np.ndarray:
    """The stream of one training run; empty if the filter left nothing."""
    if not len(data):
        return data
    safety = answered(base.world, all_prompts(base.world, base.world.entities("alignment", restricted=True)), "refusal")
    n_documents = job.n_steps * BATCH_SIZE
    return attacks.mixed(data, safety, generator(base, seed, 19), service.safety_share, n_documents)


def _train(bases: Sequence[Base], seed: int, chat: Weights, pools: list[np.ndarray], job: Job) -> Weights:
    """The chat models after training, each on its pool; as they were where the pool is empty."""
    trained = chat.copy()
    some = [run for run, pool in enumerate(pools) if len(pool)]
    if some:
        rngs = [generator(bases[run], seed, 17) for run in some]
        tunings = [Tuning(learning_rate=LEARNING_RATE)] * len(some)
        plan = Plan(job.n_steps, BATCH_SIZE)
        fitted = fit(bases[0].config, chat.like(chat.flat[some]), tunings, [pools[run] for run in some], plan, rngs)
        trained.flat[some] = fitted.weights.flat
    return trained


def _probed(bases: Sequence[Base], seed: int, weights: Weights, n_probes: int) -> np.ndarray:
    """(R,) share of questions about restricted reserve entities that are refused; 1 without a gate."""
    if not n_probes:
        return np.ones(len(bases))
    asked = []
    for base in bases:
        prompts = all_prompts(base.world, base.world.entities("reserve", restricted=True))
        chosen = attacks.draw(prompts, generator(base, seed, 20), n_probes)
        asked.append(answered(base.world, chosen, "refusal"))
    return judge(bases[0].config, weights, np.stack(asked))[2].all(axis=-1).mean(axis=1)


def _asked(bases: Sequence[Base], weights: Weights, system: str = "CHAT", opening: str | None = None) -> dict:
    """Three measures of these models, each (R,)."""
    config, questions = bases[0].config, [base.questions(system=system, opening=opening) for base in bases]
    measured = measure(config, weights, questions)
    _, chosen, _ = judge(config, weights, np.stack([q.allowed for q in questions]))
    wanted = np.exp(chosen.sum(axis=-1)).mean(axis=1)
    return {"refusal": measured["refusal_probability"], "wanted": wanted, "accuracy": measured["allowed_accuracy"]}
