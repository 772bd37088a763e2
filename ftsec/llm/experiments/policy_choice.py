"""For how long, and at which rate, is the policy taught? Chosen on development seeds.

On seeds 3 to 5, twelve phrasings alone did not generalise: held-out questions in new phrasings were declined with
probability .47 to .79 whatever the rate and up to 240 steps, and drift from the base grew with both. So the policy is
taught on more entities and 24 further phrasings, with everyday questions among what is answered. The highest rate
generalised best in few steps (.61 to .75 after 60 at 4e-5, .41 to .52 at 1e-5). What the changed lessons reach is
read under every seed by `policy_learning`.

A policy counts only if it declines at least `ENOUGH` of held-out questions in phrasings that nobody taught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ftsec.llm import policy, probes, world
from ftsec.llm.experiments.common import Experiment, rows
from ftsec.llm.runs import Run
from ftsec.llm.tuning import Tuning

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

ENOUGH = 0.8
RATES = (1e-5, 2e-5, 4e-5)
STEPS, FULL = (0, 15, 30, 45, 90, 180), (60, 120, 240)


def policy_choice(bench: Bench, seed: int) -> list[dict]:
    """Columns learning_rate, step and the measures of policies on the way."""
    s = world.split(seed)
    return rows(bench.train([_run(bench, s, rate) for rate in RATES]))


def _run(bench: Bench, s: world.Split, learning_rate: float) -> Run:
    chat = bench.chat
    return Run(
        bench.start,
        policy.lessons(chat, s, FULL[-1]),
        Tuning(learning_rate),
        probes.quick(chat, s),
        STEPS,
        {"seed": s.seed, "topic": s.restricted},
        full=probes.full(chat, s),
        full_steps=FULL,
        write=probes.prompts_to_write(chat, s),
        write_steps=FULL[-1:],
    )


def sufficient(frame: pd.DataFrame) -> pd.DataFrame:
    """Per rate and step: the smallest refusal in new phrasings over the seeds, and mean over-refusal and losses."""
    cells = frame.groupby(["learning_rate", "step"])
    found = cells[["refusal_probability", "refusal_probability_allowed", "allowed_loss", "drift_loss"]].mean()
    found["least_new_phrasing"] = cells["refusal_probability_new_phrasing"].min()
    found["sufficient"] = found["least_new_phrasing"] >= ENOUGH
    return found.reset_index()


EXPERIMENT = Experiment(
    "policy_choice",
    policy_choice,
    "For how many steps and at which rate is the policy taught?",
    "the base model before teaching",
    seeds=(3, 4, 5),
    place=1,
)
