"""Does a policy that was taught for longer last longer? Sixty, 240 and 960 steps, attacked alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsec.llm import policy, world
from ftsec.llm.experiments import states
from ftsec.llm.experiments.common import SHORT, Arm, Experiment, rows, runs
from ftsec.llm.policy import Plan
from ftsec.llm.tuning import Tuning

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

BUDGETS = (60, 240, 960)
TEACH_RATE, ATTACK_RATE = 4e-5, 5e-6


def policy_budget(bench: Bench, seed: int) -> list[dict]:
    """Columns n_taught (steps of teaching), stage (``teach``, ``attack``), step and the measures."""
    s = world.split(seed)
    found = []
    for n_steps in BUDGETS:
        plan = Plan(n_steps, TEACH_RATE, n_steps // 3)
        data = policy.lessons(bench.chat, s, n_steps, places=plan.places)
        names = {"n_taught": n_steps, "arm": f"taught_{n_steps}"}
        arm = Arm(data, Tuning(TEACH_RATE, decay_steps=plan.decay_steps), names | {"stage": "teach"}, (0, n_steps), ())
        taught = bench.train(runs(bench, s, [arm], bench.start, keep=True))
        attack = Arm(states.harmful(bench, s, SHORT[-1]), Tuning(ATTACK_RATE), names | {"stage": "attack"}, SHORT, ())
        found += rows(taught) + rows(bench.train(runs(bench, s, [attack], taught[0].weights)))
    return found


EXPERIMENT = Experiment(
    "policy_budget",
    policy_budget,
    "Does a policy that was taught for longer take longer to lose?",
    "the shortest teaching, attacked alike",
    place=26,
)
