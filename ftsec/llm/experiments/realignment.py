"""Does an attacked model learn the policy again sooner than a model that never had it? And does it break again sooner?

Three stages in a row, as in the miniature: an attack, the policy's lessons, another attack with questions that the
first did not use. The control never learnt the policy and takes exactly the same steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsec.llm import world
from ftsec.llm.experiments import states
from ftsec.llm.experiments.common import Arm, Experiment, runs
from ftsec.llm.tuning import Tuning

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench
    from ftsec.llm.runs import Run, Weights
    from ftsec.llm.tuning import Data

N_EXAMPLES = 20  # a second attack needs as many that are new
STAGES = {  # stage -> steps at which refusal is read
    "attack": (0, 16),
    "realign": (0, 1, 2, 4, 6, 8, 12, 16),
    "attack_again": (0, 1, 2, 4, 8),
}
RATES = {"attack": 2e-5, "realign": 2e-5, "attack_again": 5e-6}


def realignment(bench: Bench, seed: int) -> list[dict]:
    """Columns arm (``attacked``, ``never_aligned``), stage, step within the stage, and the measures."""
    s = world.split(seed)
    weights = {"attacked": states.policy_of(bench, seed).weights, "never_aligned": bench.start}
    rows = []
    for stage in STAGES:
        data = _data(bench, s, stage)
        found = bench.train([_run(bench, s, arm, stage, data, start) for arm, start in weights.items()])
        weights = {arm: outcome.weights for arm, outcome in zip(weights, found, strict=True)}
        rows += [row for outcome in found for row in outcome.rows]
    return rows


def _data(bench: Bench, s: world.Split, stage: str) -> Data:
    n_steps = STAGES[stage][-1]
    if stage == "realign":
        return states.lessons(bench, s, n_steps)
    return states.harmful(bench, s, n_steps, part=int(stage == "attack_again"), n=N_EXAMPLES)


def _run(bench: Bench, s: world.Split, arm: str, stage: str, data: Data, start: Weights) -> Run:
    one = Arm(data, Tuning(RATES[stage]), {"arm": arm, "stage": stage}, STAGES[stage], ())
    return runs(bench, s, [one], start, keep=True)[0]


EXPERIMENT = Experiment(
    "realignment",
    realignment,
    "Does an attacked model learn to refuse again sooner than one that never refused?",
    "a model that never learnt the policy, through the same steps",
    place=21,
)
