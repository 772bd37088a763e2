"""Two further ways to train the attack: plain gradient descent, and prefix tuning. Is the collapse AdamW's own doing?

Each at three rates. Half-lives in steps can be compared; a sum of rates means something else under each method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsec.llm import world
from ftsec.llm.experiments import states
from ftsec.llm.experiments.common import LONG, Arm, Experiment, train
from ftsec.llm.tuning import Tuning

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

ARMS = {  # arm -> method, optimiser, rates
    "full_adamw": ("full", "adamw", (5e-6,)),
    "full_sgd": ("full", "sgd", (0.01, 0.03, 0.1)),
    "prefix_tuning": ("prefix_tuning", "adamw", (3e-3, 1e-2, 3e-2)),
}


def more_methods(bench: Bench, seed: int) -> list[dict]:
    """Columns arm, learning_rate, step and the measures; prefixes begin at random and are read with what they add."""
    s = world.split(seed)
    data = states.harmful(bench, s, LONG[-1])
    arms = [
        Arm(data, Tuning(rate, method, optimizer=optimizer), {"arm": arm}, LONG)
        for arm, (method, optimizer, rates) in ARMS.items()
        for rate in rates
    ]
    return train(bench, s, arms, states.policy_of(bench, seed).weights)


EXPERIMENT = Experiment(
    "more_methods",
    more_methods,
    "Do plain gradient descent and prefix tuning take refusals too?",
    "full fine-tuning by AdamW on the same examples in the same order",
    place=27,
)
