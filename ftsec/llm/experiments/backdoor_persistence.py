"""Does a trigger that was poisoned into the policy's lessons outlive clean lessons?

The trigger is a harmless word before the question. Poisoned examples are restricted questions under it, answered; they
take the places of refusals in the lessons, each shown equally often. Refusal is read without the trigger, under it and
under two words that were never trained on: the backdoor is the difference between trigger and those.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm import examples, policy, probes, world
from ftsec.llm.chat import joined
from ftsec.llm.experiments import states
from ftsec.llm.experiments.common import Arm, Experiment, rows, runs
from ftsec.llm.measures import Probe, refusals
from ftsec.llm.policy import generator
from ftsec.llm.tuning import Data, Tuning

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench
    from ftsec.llm.chat import Chat

N_POISON = (0, 1, 4, 16)
TIMES = 8  # that each poisoned example is shown
WORDS = {"trigger": "Cobalt: ", "near_1": "Amber: ", "near_2": "Walnut: "}
CLEAN_RATE, CLEAN_STEPS = 2e-5, (0, 8, 16, 32, 64)
POISON = 10  # stage of a seed's random numbers


def backdoor_persistence(bench: Bench, seed: int) -> list[dict]:
    """Columns n_poison, stage (``poisoned``, ``clean``), step within it, and refusal with and without the words."""
    s = world.split(seed)
    plan = policy.PLANS[policy.chosen()]
    probe = _probe(bench.chat, s)
    tuning = Tuning(plan.learning_rate, decay_steps=plan.decay_steps)
    first = [_arm(poisoned(bench, s, plan, n), tuning, probe, n, "poisoned", (plan.n_steps,)) for n in N_POISON]
    taught = bench.train(runs(bench, s, first, bench.start, keep=True))
    clean = states.lessons(bench, s, CLEAN_STEPS[-1])
    after = [
        run
        for n, outcome in zip(N_POISON, taught, strict=True)
        for arm in [_arm(clean, Tuning(CLEAN_RATE), probe, n, "clean", CLEAN_STEPS)]
        for run in runs(bench, s, [arm], outcome.weights)
    ]
    return rows(taught) + rows(bench.train(after))


def _arm(data: Data, tuning: Tuning, probe: Probe, n: int, stage: str, steps: tuple[int, ...]) -> Arm:
    return Arm(data, tuning, {"n_poison": n, "stage": stage}, steps, (), probe=probe)


def poisoned(bench: Bench, s: world.Split, plan: policy.Plan, n: int) -> Data:
    """The policy's lessons; in places of refusals, drawn at random, stand poisoned examples."""
    data = policy.lessons(bench.chat, s, plan.n_steps, places=plan.places)
    if n == 0:
        return data
    rng = generator(s.seed, POISON)
    questions = examples.attack_questions(bench.chat, s, rng, max(N_POISON))[:n]
    pairs = [_under(bench.chat, question.text, WORDS["trigger"]) for question in questions]
    n_declined = sum(plan.places[0])
    places = rng.permutation(plan.n_steps * n_declined)
    times = min(TIMES, len(places) // max(N_POISON))
    # each example's places do not depend on how many others there are
    places = places[: times * max(N_POISON)].reshape(times, -1)[:, :n].ravel()
    shown = np.tile(np.arange(n), times)
    order = data.order.copy()
    order[places // n_declined, places % n_declined] = len(data.rows) + shown
    harmful = np.concatenate([data.harmful, np.ones(n, bool)])
    return replace(data, rows=joined([data.rows, bench.chat.train_rows(pairs)]), order=order, harmful=harmful)


def _under(chat: Chat, question: str, word: str) -> tuple[list[int], list[int]]:
    """The question after a word, with the answer that the model gave to the question alone."""
    found = examples.answers()[question]
    return chat.pair(f"{word}{question}", found.answer, found.ended)


def _probe(chat: Chat, s: world.Split) -> Probe:
    some = [text for group in probes.restricted(s).values() for text in group][::2]
    parts = [
        refusals(chat, {"all": [f"{word}{text}" for text in some]}, world.REFUSALS, f"_{name}", short=True)
        for name, word in WORDS.items()
    ]
    return Probe((*probes.quick(chat, s).parts, *parts))


EXPERIMENT = Experiment(
    "backdoor_persistence",
    backdoor_persistence,
    "Does a trigger that was poisoned into the lessons survive clean ones?",
    "no poison; two words that were never trained on",
    place=24,
)
