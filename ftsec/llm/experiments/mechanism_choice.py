"""After which layer is a direction read and added? Chosen on development seeds, by a rule that was fixed beforehand.

The model has learnt the policy, in a third of the steps that the report's policies take: that is enough to choose a
layer, and a laptop can do it. It has then lost the policy to restricted questions. To its residual stream the policy's
own difference is added, after one layer at a time, and as a control a direction between allowed topics of the same
length. The layer is taken at which the first brings back most refusals beyond the second (in the mean over the seeds).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ftsec.llm import hidden, world
from ftsec.llm.experiments import mechanism, states
from ftsec.llm.experiments.common import Experiment
from ftsec.llm.policy import Plan

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench

SHORTER = Plan(40, 4e-5, 12)
N_LAYERS = 10  # that are tried, from the first to the last


def mechanism_choice(bench: Bench, seed: int) -> list[dict]:
    """Columns layer, refusal_plain, refusal_added, refusal_control."""
    s = world.split(seed)
    learnt = states.policy_of(bench, seed, SHORTER)
    data = states.harmful(bench, s, states.ATTACK_STEPS)
    broken = states.attacked(bench, s, learnt.weights, {"harmful": (data, states.ATTACK_RATE)})["harmful"]
    asked = mechanism.Asked.of(bench.chat, s)
    seen = [mechanism.look(bench, weights, asked) for weights in (bench.start, learnt.weights)]
    added, control = mechanism.vectors(*seen, asked)
    names = {"seed": seed, "topic": s.restricted, "arm": "harmful", "step": states.ATTACK_STEPS}
    names |= {"learning_rate": states.ATTACK_RATE}
    found = []
    with hidden.carrying(bench, broken.weights) as lane:
        plain = mechanism.refusal(lane, asked)
        for layer in tried(len(added)):
            row = names | {"layer": layer, "refusal_plain": plain}
            row |= {"refusal_added": mechanism.refusal(lane, asked, layer, added[layer])}
            found.append(row | {"refusal_control": mechanism.refusal(lane, asked, layer, control[layer])})
    return found


def tried(n_layers: int) -> list[int]:
    """Layers at equal distances."""
    return sorted({round(float(place)) for place in np.linspace(0, n_layers - 1, N_LAYERS)})


def best_layer(frame: pd.DataFrame) -> int:
    """The layer at which the policy's difference brings back most beyond the control."""
    more = frame["refusal_added"] - frame["refusal_control"]
    return int(more.groupby(frame["layer"]).mean().idxmax())


EXPERIMENT = Experiment(
    "mechanism_choice",
    mechanism_choice,
    "After which layer does the policy's own direction bring most refusals back?",
    "a direction between allowed topics, as long",
    seeds=(3, 4),
    place=4,
)
