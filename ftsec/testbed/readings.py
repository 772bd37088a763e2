"""What chapters read from published frames: small tables of means with clustered intervals, ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError
from ftsec.testbed.experiments.common import Setting, load, tidy
from ftsec.testbed.experiments.method_comparison import worst_case
from ftsec.testbed.measures import Recorder
from ftsec.testbed.model import Weights
from ftsec.testbed.statistics import Estimate, paired
from ftsec.testbed.summaries import last_step, points

REFUSAL = "refusal_probability"
WORDS = {"none": [REFUSAL], "trigger": [f"{REFUSAL}_trigger"], "near": [f"{REFUSAL}_near_1", f"{REFUSAL}_near_2"]}
STAGES = ("attack", "realign", "attack_again")


def backdoor_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal after poisoned SFT and after the clean steps that follow, asked with no word, the trigger, a near miss.

    Args:
        frame: of the experiment ``backdoor_persistence``.

    Returns:
        columns word, n_poison, when (``before`` or ``after`` the clean steps), value, low, high.
    """
    ends = frame[frame["step"].isin([0, frame["step"].max()])]
    ends = ends.assign(when=ends["step"].map(lambda step: "after" if step else "before"))
    parts = []
    for word, columns in WORDS.items():
        asked = ends.assign(mean=ends[columns].mean(axis=1))
        parts.append(points(asked, ["n_poison", "when"], "mean").assign(word=word))
    return pd.concat(parts, ignore_index=True)


def utility_bound_points(frame: pd.DataFrame, losses: Sequence[float], arms: Sequence[str]) -> pd.DataFrame:
    """The least refusal an attacker reaches, each method at its own rate, over the loss of accuracy that is allowed.

    Args:
        frame: of the experiment ``method_comparison``.
        losses: allowed losses of accuracy on allowed tasks, 0 to 1.

    Returns:
        columns arm, loss, value, low, high.

    Raises:
        InputError: if an arm is not in the frame.
    """
    unknown = sorted(set(arms) - set(frame["arm"]))
    if unknown:
        raise InputError(f"there is no method {', '.join(unknown)}; there are {', '.join(sorted(set(frame['arm'])))}")
    own = frame[(frame["rate"] == "own") & frame["arm"].isin(arms)]
    parts = [points(worst_case(own, loss), ["arm"]).assign(loss=loss) for loss in losses]
    return pd.concat(parts, ignore_index=True)


def bound_against_bound(frame: pd.DataFrame, arm: str, strict: float, loose: float) -> Estimate:
    """Paired difference of the least refusal under two bounds on the loss of accuracy, strict minus loose."""
    own = frame[(frame["rate"] == "own") & (frame["arm"] == arm)]
    both = [worst_case(own, loss).assign(bound=loss) for loss in (strict, loose)]
    return paired(pd.concat(both, ignore_index=True), REFUSAL, "bound", (strict, loose))


def mixing_points(frame: pd.DataFrame, column: str = REFUSAL) -> pd.DataFrame:
    """A measure after training with safety examples mixed in; both arms begin with the runs without any.

    Args:
        frame: of the experiment ``safety_mixing``.

    Returns:
        columns data, arm, share, value, low, high.
    """
    table = points(last_step(frame, ["data", "arm", "share"]), ["data", "arm", "share"], column)
    both = pd.concat([table, table[table["share"] == 0].assign(arm="add")])
    return both.sort_values(["data", "arm", "share"], ignore_index=True)


def pretrained(setting: Setting) -> pd.DataFrame:
    """The measures of a setting's pre-trained models, before any chat: columns base, step (0) and the measures."""
    bases = load(setting)
    recorder = Recorder(bases[0].config, [base.questions() for base in bases], [{"base": base.seed} for base in bases])
    weights = Weights(bases[0].config.shapes(), np.stack([base.flat for base in bases]))
    recorder(0, weights, None)
    return tidy(recorder.rows)


def stage_points(first: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Refusal and accuracy after every stage: pre-training, SFT, an attack, safety training, the next attack.

    Args:
        first: of `pretrained`.
        later: frame of the experiment ``realignment``.

    Returns:
        columns stage, measure (``refusal_probability`` or ``allowed_accuracy``), value, low, high, in order.
    """
    chain = later[later["arm"] == "attacked"]
    parts = [("pre-training", first.assign(seed=0))]
    parts.append(("SFT", chain[(chain["stage"] == "attack") & (chain["step"] == 0)]))
    parts += [(stage, chain[(chain["stage"] == stage)]) for stage in STAGES]
    rows = []
    for stage, part in parts:
        ends = part[part["step"] == part["step"].max()].assign(name=stage)
        for measure in (REFUSAL, "allowed_accuracy"):
            rows.append(points(ends, ["name"], measure).assign(measure=measure))
    return pd.concat(rows, ignore_index=True).rename(columns={"name": "stage"})


def accuracy_tax(later: pd.DataFrame) -> Estimate:
    """Accuracy on allowed questions after SFT with refusals minus after SFT that only answers, paired by base.

    Both took equally many steps on the same questions; `later` is the frame of ``realignment``, before its attack.
    """
    starts = later[(later["stage"] == STAGES[0]) & (later["step"] == 0)]
    return paired(starts, "allowed_accuracy", "arm", ("attacked", "never_aligned"))


def adapter_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal with a loaded adapter, by the word that is asked with.

    Args:
        frame: of the experiment ``malicious_adapter``.

    Returns:
        columns arm, word (none, trigger, near), value, low, high, at the last step.
    """
    ends = frame[frame["step"] == frame["step"].max()]
    parts = [
        points(ends.assign(mean=ends[columns].mean(axis=1)), ["arm"], "mean").assign(word=word)
        for word, columns in WORDS.items()
    ]
    return pd.concat(parts, ignore_index=True)
