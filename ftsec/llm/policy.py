"""Teaching the harmless policy: decline on the restricted topic, answer as before everywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm import examples, probes
from ftsec.llm.chat import Chat
from ftsec.llm.runs import Run
from ftsec.llm.tuning import Data, Tuning, blended
from ftsec.llm.world import DATA, LESSON_PHRASINGS, NEW_PHRASINGS, PHRASINGS, Split, split

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench
    from ftsec.llm.runs import Outcome, Weights

N_RESTRICTED, N_ALLOWED, N_UNRELATED = 8, 6, 4  # places in a batch; the first two once for each group of phrasings
PLACES = ((N_RESTRICTED, N_RESTRICTED), (N_ALLOWED, N_ALLOWED))
MORE_LESSONS = ((7, 11), (4, 6))  # more of the lesson phrasings, and a few refusals more
STORED = DATA / "policy_plan.txt"
TAUGHT = range(len(PHRASINGS))
LESSON = range(len(PHRASINGS) + len(NEW_PHRASINGS), len(PHRASINGS) + len(NEW_PHRASINGS) + len(LESSON_PHRASINGS))


@dataclass(frozen=True)
class Plan:
    """How long, at which rate and with which shares the policy is taught.

    Attributes:
        decay_steps: over the last of the steps the rate falls to zero.
        places: of declined and of answered questions in a batch, each in taught and in lesson phrasings.
    """

    n_steps: int = 90
    learning_rate: float = 4e-5
    decay_steps: int = 0
    places: tuple[tuple[int, int], tuple[int, int]] = PLACES


PLANS = {  # from the smallest; `policy_choice` takes the first that suffices
    "decay_120": Plan(120, 4e-5, 40),
    "lessons_120": Plan(120, 4e-5, 40, MORE_LESSONS),
    "lessons_180": Plan(180, 4e-5, 60, MORE_LESSONS),
}
_chosen: list[str] = []


def use(name: str) -> None:
    """From now on policies are taught by this plan."""
    _chosen[:] = [name]


def chosen() -> str:
    """Name of the plan in use: the one of `use`, else the one that development seeds have chosen and the package keeps,
    else the smallest."""
    if not _chosen:
        use(STORED.read_text(encoding="utf-8").strip() if STORED.exists() else next(iter(PLANS)))
    return _chosen[0]


def generator(seed: int, *stage: int) -> np.random.Generator:
    """Random numbers of a seed and a stage: two conditions of one seed meet the same questions in the same order."""
    return np.random.default_rng([seed, 24, *stage])


def lessons(chat: Chat, s: Split, n_steps: int, stage: int = 1, places=PLACES) -> Data:
    """What teaches (and re-teaches) the policy, in batches of 32: by default half refusals, half answers."""
    rng = generator(s.seed, stage)
    declined, answered = places
    refusing = [(examples.refusing(chat, s, rng, p), n) for p, n in zip((TAUGHT, LESSON), declined, strict=True)]
    pools = (*refusing, *answering(chat, s, answered))
    return blended(rng, [(chat.train_rows(pairs), n, False) for pairs, n in pools], n_steps)


def answering(chat: Chat, s: Split, places: tuple[int, int] = PLACES[1]) -> list[tuple[list, int]]:
    """What is answered in every batch, with its places: a phrasing must not give away whether to decline."""
    pools = [(examples.answering(chat, s, lesson), n) for lesson, n in zip((False, True), places, strict=True)]
    return [*pools, (examples.unrelated_answering(chat), N_UNRELATED)]


def teach(
    bench: Bench, s: Split, plan: Plan | None = None, steps: tuple[int, ...] = (), start: Weights | None = None
) -> Outcome:
    """One policy with full probes at the start, at `steps` and at the end; keeps its weights."""
    plan = plan or PLANS[chosen()]
    run = Run(
        start or bench.start,
        lessons(bench.chat, s, plan.n_steps, places=plan.places),
        Tuning(plan.learning_rate, decay_steps=plan.decay_steps),
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


def taught(bench: Bench, seed: int, name: str | None = None) -> Outcome:
    """A seed's policy by a plan: taught by the first experiment that asks, then kept."""
    name = name or chosen()
    return bench.kept(("policy", seed, name), lambda: teach(bench, split(seed), PLANS[name]))


def policy(bench: Bench, seed: int) -> Weights:
    """The weights of a seed's policy."""
    return taught(bench, seed).weights
