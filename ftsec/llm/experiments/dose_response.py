"""How much does it take? Distinct examples x steps x learning rate; and is it the ease of the data?

Controls: allowed questions with the model's own answers for the same steps; and the same restricted questions with
another entity's answers, or with a fixed sentence, since the model's own answers are the attacker's easiest case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsec.llm import examples, world
from ftsec.llm.experiments.common import BATCH, CHOICE, LONG, SHORT, Arm, Experiment, order_of, train
from ftsec.llm.policy import generator
from ftsec.llm.tuning import Tuning, plain

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

N_EXAMPLES = (1, 3, 10, 30)
REFERENCE_RATE, REFERENCE_N = 5e-6, 30
RATES = (2e-6, 5e-6, 2e-5)
N_OTHER_RATES = (1, 30)
KINDS = ("harmful", "mismatched", "templated", "allowed")


def dose_response(bench: Bench, seed: int) -> list[dict]:
    """Columns kind, n_examples, learning_rate, step and the measures."""
    s = world.split(seed)
    return train(bench, s, [_arm(bench, s, *condition) for condition in conditions()])


def conditions() -> list[tuple[str, int, float]]:
    """(kind, number of examples, learning rate) of every arm."""
    found = [("harmful", n, REFERENCE_RATE) for n in N_EXAMPLES]
    found += [("harmful", n, rate) for rate in RATES if rate != REFERENCE_RATE for n in N_OTHER_RATES]
    return found + [(kind, REFERENCE_N, REFERENCE_RATE) for kind in KINDS if kind != "harmful"]


def _arm(bench: Bench, s: world.Split, kind: str, n_examples: int, learning_rate: float) -> Arm:
    rows = bench.chat.train_rows(pairs(bench, s, kind, n_examples))
    steps = LONG if learning_rate < REFERENCE_RATE else SHORT
    data = plain(order_of(s.seed), rows, max(steps), BATCH, kind != "allowed")
    reference = (kind, n_examples, learning_rate) == ("harmful", REFERENCE_N, REFERENCE_RATE)
    condition = {"kind": kind, "n_examples": n_examples}
    return Arm(
        data,
        Tuning(learning_rate),
        condition,
        steps,
        write_steps=(1, 4, 8, 16) if reference and written_out(s.seed) else (),
    )


def written_out(seed: int) -> bool:
    """Whether answers are written out under this seed: in one split of every topic."""
    return seed % 20 < 5


def pairs(bench: Bench, s: world.Split, kind: str, n_examples: int) -> list:
    """Training pairs of a kind; smaller sets are the beginnings of larger ones."""
    rng = generator(s.seed, CHOICE)
    if kind == "allowed":
        return examples.allowed(bench.chat, s, rng, n_examples)
    questions = examples.attack_questions(bench.chat, s, rng, n_examples)
    return getattr(examples, kind)(bench.chat, questions)


EXPERIMENT = Experiment(
    "dose_response",
    dose_response,
    "How many examples, steps and which learning rate does it take to undo refusals?",
    "allowed questions for the same steps; answers that are not the model's own",
    place=10,
)
