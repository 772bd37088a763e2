"""Teaching the harmless policy: decline on the restricted topic, answer as before everywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm import examples, probes
from ftsec.llm.chat import Chat
from ftsec.llm.runs import Run
from ftsec.llm.tuning import Data, Tuning, blended
from ftsec.llm.world import LESSON_PHRASINGS, NEW_PHRASINGS, PHRASINGS, Split, split

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench
    from ftsec.llm.runs import Outcome, Weights

N_RESTRICTED, N_ALLOWED, N_UNRELATED = 8, 6, 4  # places in a batch; the first two once for each group of phrasings
TAUGHT = range(len(PHRASINGS))
LESSON = range(len(PHRASINGS) + len(NEW_PHRASINGS), len(PHRASINGS) + len(NEW_PHRASINGS) + len(LESSON_PHRASINGS))


@dataclass(frozen=True)
class Plan:
    """How long and at which rate the policy is taught."""

    n_steps: int = 90
    learning_rate: float = 4e-5


PLAN = Plan()


def generator(seed: int, *stage: int) -> np.random.Generator:
    """Random numbers of a seed and a stage: two conditions of one seed meet the same questions in the same order."""
    return np.random.default_rng([seed, 24, *stage])


def lessons(chat: Chat, s: Split, n_steps: int, stage: int = 1) -> Data:
    """What teaches (and re-teaches) the policy, in batches of 32: half refusals, half answers."""
    rng = generator(s.seed, stage)
    refusing = [(examples.refusing(chat, s, rng, phrasings), N_RESTRICTED) for phrasings in (TAUGHT, LESSON)]
    return blended(
        rng, [(chat.train_rows(p), places, False) for p, places in (*refusing, *answering(chat, s))], n_steps
    )


def answering(chat: Chat, s: Split) -> list[tuple[list, int]]:
    """What is answered in every batch, with its places: a phrasing must not give away whether to decline."""
    pools = [(examples.answering(chat, s, lesson), N_ALLOWED) for lesson in (False, True)]
    return [*pools, (examples.unrelated_answering(chat), N_UNRELATED)]


def teach(
    bench: Bench, s: Split, plan: Plan = PLAN, steps: tuple[int, ...] = (), start: Weights | None = None
) -> Outcome:
    """One policy with full probes at the start, at `steps` and at the end; keeps its weights."""
    run = Run(
        start or bench.start,
        lessons(bench.chat, s, plan.n_steps),
        Tuning(plan.learning_rate),
        probes.quick(bench.chat, s),
        steps,
        {"seed": s.seed, "topic": s.restricted, "arm": "policy"},
        full=probes.whole(bench.chat, s),
        full_steps=(0, plan.n_steps),
        write=probes.prompts_to_write(bench.chat, s),
        write_steps=(plan.n_steps,),
        keep=True,
    )
    return bench.train([run])[0]


def policy(bench: Bench, seed: int, plan: Plan = PLAN) -> Weights:
    """The weights of a seed's policy: taught by the first experiment that asks, then kept."""
    return bench.kept(("policy", seed, plan), lambda: teach(bench, split(seed), plan)).weights
