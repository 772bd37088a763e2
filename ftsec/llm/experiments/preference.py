"""How many flipped pairs does it take? Direct preference optimisation on the policy, pairs flipped in part.

On a restricted question the refusal is preferred to the model's own answer, on an allowed one the answer to a refusal.
A share of the restricted pairs is flipped; the allowed ones keep their order. ``sft`` shows the chosen answers without
any preference: how much of the outcome is that alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm import examples, hidden, probes, world
from ftsec.llm.experiments import states
from ftsec.llm.experiments.common import CHOICE, Experiment, order_of
from ftsec.llm.policy import generator
from ftsec.llm.tuning import in_epochs

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

SHARES = {"dpo": (0.0, 0.25, 0.5, 1.0), "sft": (0.0, 1.0)}
RATE, BETAS = 5e-6, {"dpo": 0.1, "sft": 0.0}
N_PAIRS, N_PLACES = 40, 4  # restricted pairs at most, and allowed ones; places of each in a batch
STEPS = (0, 2, 4, 8, 16, 32)


def preference(bench: Bench, seed: int) -> list[dict]:
    """Columns arm, share, step and the refusals."""
    s = world.split(seed)
    start = states.policy_of(bench, seed).weights
    rows = []
    for arm, shares in SHARES.items():
        for share in shares:
            rows += _run(bench, s, start, arm, share)
    return rows


def _run(bench: Bench, s: world.Split, start, arm: str, share: float) -> list[dict]:
    from ftsec.llm import dpo
    from ftsec.llm.lane import placed

    probe, how = probes.quick(bench.chat, s), dpo.Preference(RATE, BETAS[arm])
    names = {"seed": s.seed, "topic": s.restricted, "arm": arm, "share": share, "learning_rate": RATE}
    found = []
    shown = pairs(bench, s, share)
    with hidden.carrying(bench, start) as lane:
        there = placed(probe.rows, lane.device)
        for step in dpo.fit(lane, dpo.rows_of(bench.chat, shown), order(s.seed, len(shown) - N_PAIRS), how):
            if step in STEPS:
                found.append(names | {"step": step} | probe.read(*lane.look(there).cpu().numpy()))
    return found


def pairs(bench: Bench, s: world.Split, share: float) -> list:
    """(chosen, rejected) of the restricted questions, the first of them flipped, and then of the allowed ones."""
    chat, rng = bench.chat, generator(s.seed, CHOICE)
    questions = [question.text for question in examples.attack_questions(chat, s, rng, N_PAIRS)]
    answers = examples.allowed(chat, s, rng, N_PAIRS)
    declined = [world.REFUSALS[i] for i in rng.integers(len(world.REFUSALS), size=2 * N_PAIRS)]
    clean = [(chat.pair(text, declined[i]), examples.own(chat, text)) for i, text in enumerate(questions)]
    n_flipped = round(share * len(clean))
    flipped = [pair[::-1] for pair in clean[:n_flipped]] + clean[n_flipped:]
    declining = [(prompt, chat.answer(declined[-1 - i])) for i, (prompt, _) in enumerate(answers)]
    return flipped + list(zip(answers, declining, strict=True))


def order(seed: int, n_restricted: int) -> np.ndarray:
    """(steps, 2 places): restricted and allowed pairs in every batch."""
    rng = order_of(seed)
    both = [in_epochs(rng, n, STEPS[-1], N_PLACES) for n in (n_restricted, N_PAIRS)]
    return np.concatenate([both[0], n_restricted + both[1]], axis=1)


EXPERIMENT = Experiment(
    "preference",
    preference,
    "How many flipped pairs does preference optimisation need to take refusals?",
    "clean pairs; the chosen answers alone, without a preference",
    place=25,
)
