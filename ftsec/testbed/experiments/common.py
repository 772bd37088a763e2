"""What all experiments share: a setting says on which models, `fine_tune` trains every `FineTuning` that is asked for.

Pairing is by construction: the random numbers of a run come from its base and its fine-tuning seed alone, whatever
stands beside it in its stack. Two conditions on the same base and seed see the same questions, the same order of
examples and the same fresh adapters, a smaller rank being the beginning of a larger one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pandas as pd

from ftsec.testbed import bases
from ftsec.testbed.measures import Questions, Recorder, held_out_questions
from ftsec.testbed.model import ModelConfig, Weights
from ftsec.testbed.training import Plan, Tuning, align, fit, sft
from ftsec.testbed.world import World

# runs trained together: a run and step of batch 16 took .56 .54 .53 ms in stacks of 3, 4 and 5, and .87 in one of 8,
# whose weights, gradients and moments no longer fit the processor's cache
STACK = 4


@dataclass(frozen=True)
class Setting:
    """On which models an experiment runs.

    Attributes:
        bases: seeds of the pre-trained bases.
        seeds: fine-tuning seeds, crossed with the bases.
    """

    bases: tuple[int, ...] = bases.REPORT_SEEDS
    seeds: tuple[int, ...] = (0,)
    world: str = "hidden_topic"
    width: int = 48

    def only(self, bases: Sequence[int]) -> Setting:
        return replace(self, bases=tuple(bases))


@dataclass(frozen=True)
class Experiment:
    """An experiment and the settings in which its stored frame was computed.

    Attributes:
        function: takes a `Setting`, returns a frame with a row per base, seed, condition and step.
        settings: the first is the main one; others repeat it in another world or width.
        question: what is estimated, in one line.
        options: further arguments of the function.
    """

    name: str
    function: Callable[[Setting], pd.DataFrame]
    question: str
    settings: tuple[Setting, ...] = (Setting(),)
    options: dict = field(default_factory=dict)


FEWER = Setting(bases=bases.REPORT_SEEDS[:20])  # for experiments whose runs cost most
OTHER_WORLD = replace(FEWER, world="named_topic")
# where headline results are repeated: in the other world and at two other widths, on fewer bases
REPEATS = (
    OTHER_WORLD,
    Setting(bases=bases.REPORT_SEEDS[:10], width=32),
    Setting(bases=bases.REPORT_SEEDS[:10], width=72),
)


@dataclass(frozen=True, eq=False)
class Base:
    """One pre-trained model with its world: where runs start."""

    seed: int
    config: ModelConfig
    world: World
    flat: np.ndarray

    def chat(self, habit: str = "refusal") -> np.ndarray:
        """(P,) weights after SFT with this habit; derived once, then cached."""
        origin = f"{self.config} {self.world.kind} {self.seed} {bases.digest(self.flat)}"
        return bases.derived(f"chat {habit} {sft.PLAN} {sft.LEARNING_RATE} {origin}", lambda: self._align(habit))

    def _align(self, habit: str) -> np.ndarray:
        start = Weights(self.config.shapes(), self.flat[None].copy())
        return align(self.config, start, [self.world], [self.seed], habit).flat[0]

    def questions(
        self, habit: str = "refusal", system: str = "CHAT", opening: str | None = None, every_allowed: bool = False
    ) -> Questions:
        """Questions about this base's held-out entities, see `measures.held_out_questions`."""
        return held_out_questions(self.world, self.seed, habit, system, opening, every_allowed)


def load(setting: Setting) -> list[Base]:
    """The setting's bases.

    Raises:
        InputError: if a base does not exist.
    """
    config, worlds, weights = bases.pretrained(setting.world, setting.bases, setting.width)
    return [Base(s, config, w, f) for s, w, f in zip(setting.bases, worlds, weights.flat, strict=True)]


@dataclass(frozen=True, eq=False)
class FineTuning:
    """One fine-tuning: where it starts, on what and how it trains, what it is asked, and the columns that name it."""

    base: Base
    seed: int
    start: np.ndarray
    pool: np.ndarray
    tuning: Tuning
    condition: dict = field(default_factory=dict)
    questions: Questions | None = None
    extra: dict[str, Questions] = field(default_factory=dict)

    @property
    def key(self) -> dict:
        return {"base": self.base.seed, "seed": self.seed, **self.condition}


def generator(base: Base, seed: int, stage: int = 0) -> np.random.Generator:
    """Random numbers of one base, fine-tuning seed and stage."""
    return np.random.default_rng([base.seed, seed, 13, stage])


def fine_tune_grid(
    setting: Setting,
    make: Callable[..., FineTuning],
    conditions: Iterable[tuple],
    plan: Plan,
    probe_steps: Iterable[int],
) -> pd.DataFrame:
    """`make(base, seed, *condition)` for every base, seed and condition, fine-tuned: the rows of `fine_tune`.

    Probes after the end of the plan become its last step.
    """
    cells = product(load(setting), setting.seeds, tuple(conditions))
    runs = [make(base, seed, *condition) for base, seed, condition in cells]
    return fine_tune(runs, plan, {min(step, plan.n_steps) for step in probe_steps} | {plan.n_steps})[0]


def fine_tune(runs: Sequence[FineTuning], plan: Plan, probe_steps: Iterable[int]) -> tuple[pd.DataFrame, np.ndarray]:
    """Trains all runs in stacks.

    Returns:
        one row per run and probed step with all of `measures.MEASURES`, and the final weights (n_runs, P).
    """
    probe_steps = tuple(probe_steps)
    parts = [_train_stack(some, plan, probe_steps) for some in stacks(runs)]
    rows = [row for stack_rows, _ in parts for row in stack_rows]
    return tidy(rows), np.concatenate([flat for _, flat in parts])


def stacks(runs: Sequence) -> Iterator[Sequence]:
    """Parts of at most `STACK` runs, in order."""
    return (runs[first : first + STACK] for first in range(0, len(runs), STACK))


def _train_stack(runs: Sequence[FineTuning], plan: Plan, probe_steps: tuple[int, ...]) -> tuple[list[dict], np.ndarray]:
    config = runs[0].base.config
    questions = [run.questions or run.base.questions() for run in runs]
    extra = {name: [run.extra[name] for run in runs] for name in runs[0].extra}
    recorder = Recorder(config, questions, [run.key for run in runs], extra)
    start = Weights(config.shapes(), np.stack([run.start for run in runs]))
    rngs = [generator(run.base, run.seed, stage=1) for run in runs]
    tunings, pools = [run.tuning for run in runs], [run.pool for run in runs]
    trainee = fit(config, start, tunings, pools, plan, rngs, recorder, probe_steps)
    return recorder.rows, trainee.weights.flat


def tidy(rows: list[dict]) -> pd.DataFrame:
    """Rows as a small frame: measures in single precision, four decimals."""
    frame = pd.DataFrame(rows)
    floats = [c for c in frame.columns if frame[c].dtype == float and c not in ("learning_rate", "share")]
    frame[floats] = frame[floats].round(4).astype(np.float32)
    return frame
