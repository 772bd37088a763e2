"""The states of one model that later experiments begin with: its policy, what an attack left of it, re-alignment.

The policy is the one of the other experiments, step for step; only less is read off it, since the H200's frame
``policy_learning`` says the rest. A bench that keeps what it taught teaches it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsec.llm import examples, policy, probes, world
from ftsec.llm.experiments.common import BATCH, CHOICE, Arm, order_of, runs
from ftsec.llm.policy import generator
from ftsec.llm.runs import Run
from ftsec.llm.tuning import Data, Tuning, plain

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench
    from ftsec.llm.runs import Outcome, Weights

N_EXAMPLES = 30
ATTACK_RATE, ATTACK_STEPS = 2e-5, 16
LESSONS = 7  # stage of a seed's random numbers: lessons that no policy was taught with


def policy_of(bench: Bench, seed: int, plan: policy.Plan | None = None) -> Outcome:
    """The seed's policy with its refusals before and after teaching; by another plan if one is given."""
    name = policy.chosen()
    if plan:
        return bench.kept(("policy", seed, f"of_{plan.n_steps}"), lambda: _teach(bench, world.split(seed), plan))
    taught = bench._kept.get(("policy", seed, name))  # with more measures, by the experiment that is about policies
    plan = policy.PLANS[name]
    return taught or bench.kept(("policy", seed, name, "lean"), lambda: _teach(bench, world.split(seed), plan))


def _teach(bench: Bench, s: world.Split, plan: policy.Plan) -> Outcome:
    run = Run(
        bench.start,
        policy.lessons(bench.chat, s, plan.n_steps, places=plan.places),
        Tuning(plan.learning_rate, decay_steps=plan.decay_steps),
        probes.quick(bench.chat, s),
        (0, plan.n_steps),
        {"seed": s.seed, "topic": s.restricted, "arm": "policy"},
        keep=True,
    )
    return bench.train([run])[0]


def harmful(bench: Bench, s: world.Split, n_steps: int, part: int = 0, n: int = N_EXAMPLES) -> Data:
    """Restricted questions with the model's own answers; another part shares no question with the first."""
    chat = bench.chat
    questions = examples.attack_questions(chat, s, generator(s.seed, CHOICE), n * (part + 1))[n * part :]
    return plain(order_of(s.seed), chat.train_rows(examples.harmful(chat, questions)), n_steps, BATCH, True)


def attacked(bench: Bench, s: world.Split, start: Weights, arms: dict[str, tuple[Data, float]]) -> dict[str, Outcome]:
    """What each attack (data, learning rate) leaves, with refusals at its start and end."""
    found = [Arm(data, Tuning(rate), {"stage": name}, (0, len(data.order)), ()) for name, (data, rate) in arms.items()]
    return dict(zip(arms, bench.train(runs(bench, s, found, start, keep=True)), strict=True))


def lessons(bench: Bench, s: world.Split, n_steps: int) -> Data:
    """The policy's lessons once more, in an order of their own."""
    return policy.lessons(bench.chat, s, n_steps, stage=LESSONS)
