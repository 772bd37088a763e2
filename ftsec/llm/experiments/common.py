"""What all experiments share: `Experiment`, and an `Arm` as the shortest description of one attack on a policy.

Pairing is by construction: the random numbers of a run come from its seed alone, so two arms of one seed meet the same
questions, the same order of examples and the same fresh adapters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ftsec.llm import policy, probes, world
from ftsec.llm.policy import generator
from ftsec.llm.runs import Run
from ftsec.llm.tuning import Data, Tuning

if TYPE_CHECKING:
    import numpy as np

    from ftsec.llm.bench import Bench
    from ftsec.llm.measures import Probe
    from ftsec.llm.runs import Outcome, Weights
    from ftsec.llm.world import Split

BATCH = 8
SHORT = (0, 1, 2, 4, 6, 8, 12, 16)  # steps at which refusal is read: early steps change most
LONG = (*SHORT, 24, 32)
ORDER, CHOICE, FILL = 2, 3, 4  # stages of a seed's random numbers


@dataclass(frozen=True)
class Experiment:
    """An experiment as a report runs it.

    Attributes:
        function: takes a bench and a seed, returns one row per run and probed step.
        question: what is estimated, in one line.
        control: what the attack is compared with.
        seeds: the seeds of the report, or of development if the experiment chooses settings.
        place: when a report computes it.
    """

    name: str
    function: Callable[[Bench, int], list[dict]]
    question: str
    control: str
    seeds: tuple[int, ...] = world.REPORT_SEEDS
    place: int = 50


@dataclass(frozen=True, eq=False)
class Arm:
    """One fine-tuning of a policy: its data, how it trains, and the columns that name it."""

    data: Data
    tuning: Tuning
    condition: dict
    steps: Sequence[int] = SHORT
    full_steps: Sequence[int] | None = None  # default: the last step
    write_steps: Sequence[int] = ()
    probe: Probe | None = None  # default: the split's quick probe
    full: Probe | None = None  # read at `full_steps`; default: the split's lean probe


def runs(bench: Bench, s: Split, arms: Iterable[Arm], start: Weights | None = None, keep: bool = False) -> list[Run]:
    """The arms as runs that begin with the seed's policy, or with other weights."""
    start = start or policy.policy(bench, s.seed)
    chat = bench.chat
    return [
        Run(
            start,
            arm.data,
            arm.tuning,
            arm.probe or probes.quick(chat, s),
            tuple(arm.steps),
            {"seed": s.seed, "topic": s.restricted} | arm.condition,
            full=arm.full or probes.lean(chat, s),
            full_steps=(max(arm.steps),) if arm.full_steps is None else tuple(arm.full_steps),
            write=probes.prompts_to_write(chat, s),
            write_steps=tuple(arm.write_steps),
            keep=keep,
            seed=s.seed,
        )
        for arm in arms
    ]


def train(bench: Bench, s: Split, arms: Iterable[Arm], start: Weights | None = None) -> list[dict]:
    """Rows of all arms."""
    return rows(bench.train(runs(bench, s, arms, start)))


def rows(outcomes: Iterable[Outcome]) -> list[dict]:
    return [row for outcome in outcomes for row in outcome.rows]


def order_of(seed: int) -> np.random.Generator:
    """Random numbers for the order of examples: the same for every arm of a seed."""
    return generator(seed, ORDER)
