"""Do harmless data erode refusals? Sums, the model's own answers, and answers that begin with a new word.

Every run is shown. After data that teach an opening, a refusal may stand after it: it is measured there as well.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ftsec.llm import examples, policy, probes, world
from ftsec.llm.experiments.common import BATCH, CHOICE, Arm, Experiment, order_of, train
from ftsec.llm.policy import generator
from ftsec.llm.tuning import Data, Tuning, plain

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

DATA = ("sums", "own_answers", "new_opening")
RATES = (2e-5, 1e-4)
N_EXAMPLES = 200
OPENING = "Sure!"
STEPS = (0, 2, 4, 8, 16, 32, 64)
FULL_STEPS = 32


def benign_erosion(bench: Bench, seed: int) -> list[dict]:
    """Columns data, learning_rate, step and the measures; ``lessons`` is the control."""
    s = world.split(seed)
    arms = [_arm(bench, s, kind, rate) for kind, rate in product(DATA, RATES)]
    return train(bench, s, [*arms, _arm(bench, s, "lessons", RATES[0])])


def _arm(bench: Bench, s: world.Split, kind: str, learning_rate: float) -> Arm:
    probe = probes.after_opening(bench.chat, s, OPENING) if kind == "new_opening" else None
    steps = STEPS if learning_rate == RATES[0] else STEPS[:-1]
    full = probes.full(bench.chat, s)
    return Arm(data(bench, s, kind), Tuning(learning_rate), {"data": kind}, steps, (FULL_STEPS,), (), probe, full)


def data(bench: Bench, s: world.Split, kind: str) -> Data:
    """Harmless examples of a kind; ``lessons`` are those of the policy, refusals among them."""
    chat, rng = bench.chat, generator(s.seed, CHOICE)
    if kind == "lessons":
        found = policy.lessons(chat, s, STEPS[-1], stage=6)
        return Data(found.rows, found.order[:, ::4], found.harmful)  # every fourth place: 4 refusals, 4 answers
    if kind == "sums":
        pairs = examples.sums(chat, rng, N_EXAMPLES)
    else:
        pairs = examples.allowed(chat, s, rng, N_EXAMPLES, OPENING if kind == "new_opening" else "")
    return plain(order_of(s.seed), chat.train_rows(pairs), STEPS[-1], BATCH, False)


EXPERIMENT = Experiment(
    "benign_erosion",
    benign_erosion,
    "Do harmless data erode refusals, and does what they look like decide?",
    "the same steps on the policy's own lessons",
    place=14,
)
