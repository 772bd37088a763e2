"""What the later experiments say, one table each, and how far each of them has come.

With few seeds there is no interval: means stand with the least and the most of all seeds, and nothing more is claimed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.llm import predict, report
from ftsec.llm.statistics import half_lives

REFUSAL = "refusal_probability"
STATES = {
    "base": "before the policy", "policy": "with the policy", "harmful": "after restricted questions",
    "sums": "after sums", "new_opening": "after a new opening", "realigned": "taught again",
}  # fmt: skip


def spread(frame: pd.DataFrame, by: Sequence[str], column: str) -> pd.DataFrame:
    """Mean, least and most of a column over seeds for every cell: `by`, value, least, most, n_seeds."""
    found = frame.groupby(list(by), sort=False)[column].agg(["mean", "min", "max", "count"]).reset_index()
    return found.set_axis([*by, "value", "least", "most", "n_seeds"], axis=1)


def ends(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The last row of every run."""
    return frame.sort_values("step").groupby(["seed", *by], sort=False).tail(1)


# -- inside --------------------------------------------------------------------------------------------------------


def mechanism(frame: pd.DataFrame) -> pd.DataFrame:
    """Every reading of every state at the chosen layer: columns stage, measure, value, least, most, n_seeds."""
    columns = ["refusal_plain", "auc", "topic_auc", "kept", "random_kept", "shuffled_kept", "margin_restricted"]
    columns += ["margin_auc", "refusal_added", "refusal_control", "refusal_removed", "refusal_control_removed"]
    rows = frame[frame["chosen"]]
    long = rows.melt(["seed", "topic", "stage"], columns, "measure", "read")
    return spread(long, ["stage", "measure"], "read")


def mechanism_layers(frame: pd.DataFrame) -> pd.DataFrame:
    """How much of what the policy added is left after each layer: columns stage, layer, value, least, most."""
    return spread(frame, ["stage", "layer"], "kept")


# -- the others ----------------------------------------------------------------------------------------------------


def realignment(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal on the way through the stages: columns stage, arm, step and the spread."""
    return spread(frame, ["stage", "arm", "step"], REFUSAL)


def safety_mixing(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal at the end of a run and at its lowest point: columns arm, share, read (``end``, ``lowest``), ..."""
    by = ["arm", "share"]
    lowest = frame.loc[frame.groupby(["seed", *by])[REFUSAL].idxmin()]
    both = [ends(frame, by).assign(read="end"), lowest.assign(read="lowest")]
    return spread(pd.concat(both), [*by, "read"], REFUSAL)


def backdoor_persistence(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal under the trigger minus that under words never trained on: columns n_poison, stage, step, ..."""
    near = frame[[f"{REFUSAL}_near_1", f"{REFUSAL}_near_2"]].mean(axis=1)
    gaps = frame.assign(gap=frame[f"{REFUSAL}_trigger"] - near)
    return spread(gaps, ["n_poison", "stage", "step"], "gap")


def identity_shift(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal at the end, asked plainly, under the persona, after the opening: columns arm, n_examples, asked, ..."""
    by, asked = ["arm", "n_examples"], {"plainly": "", "persona": "_persona", "opening": "_after_opening"}
    last = ends(frame, by)
    parts = [spread(last, by, REFUSAL + suffix).assign(asked=name) for name, suffix in asked.items()]
    return pd.concat(parts, ignore_index=True)


def preference(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusal at the end: columns arm, share and the spread."""
    return spread(ends(frame, ["arm", "share"]), ["arm", "share"], REFUSAL)


def policy_budget(frame: pd.DataFrame) -> pd.DataFrame:
    """Half-life in steps by steps of teaching; a run that never loses half counts with its last step."""
    return _lives(frame[frame["stage"] == "attack"], ["n_taught"])


def more_methods(frame: pd.DataFrame) -> pd.DataFrame:
    """The same by method and rate."""
    return _lives(frame, ["arm", "learning_rate"])


def _lives(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    lives = half_lives(frame, [name for name in by if name != "learning_rate"] + ["learning_rate"])
    lives["steps"] = np.minimum(lives["steps"], frame["step"].max())
    return spread(lives, by, "steps")


READINGS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "mechanism": mechanism, "realignment": realignment, "safety_mixing": safety_mixing,
    "identity_shift": identity_shift, "backdoor_persistence": backdoor_persistence, "preference": preference,
    "policy_budget": policy_budget, "more_methods": more_methods,
}  # fmt: skip


# -- how far they have come ----------------------------------------------------------------------------------------


def record_of(name: str, directory: Path = report.STORED) -> dict | None:
    """What is noted beside a stored frame: seeds, device, versions; nothing if there is no frame."""
    path = directory / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def standing(names: Sequence[str] = tuple(READINGS), directory: Path = report.STORED) -> pd.DataFrame:
    """Columns experiment, question, standing, device, command: what stands on enough seeds, on few, or on none."""
    from ftsec.llm.experiments import experiment

    rows = []
    for name in names:
        about = record_of(name, directory)
        rows.append((name, experiment(name).question, *_standing(about), f"ftsec llm report --only {name}"))
    return pd.DataFrame(rows, columns=["experiment", "question", "standing", "device", "command"])


def standing_table() -> pd.DataFrame:
    """The same in the chapter's words: Experiment, Question, Stands on, Predictions written beforehand."""
    found, written = standing(), pd.read_csv(predict.SECOND)["experiment"].value_counts()
    counts = found["experiment"].map(written).fillna(0).astype(int)
    table = pd.DataFrame({"Experiment": found["experiment"], "Question": found["question"]})
    return table.assign(**{"Stands on": found["standing"], "Predictions": counts})


def _standing(about: dict | None) -> tuple[str, str]:
    if about is None:
        return "open", "none"
    n, device = len(about["seeds"]), "CPU" if about["device"].startswith("CPU") else about["device"]
    return f"{n} seeds, {device}" + (", a first look" if n < predict.FEWEST else ""), device


def scored(directory: Path = report.STORED) -> pd.DataFrame:
    """Outcomes of the second set's predictions; an experiment with fewer than `predict.FEWEST` seeds has none."""
    from ftsec.llm import effects_second

    def frame_of(name: str) -> pd.DataFrame | None:
        about = record_of(name, directory)
        enough = about is not None and len(about["seeds"]) >= predict.FEWEST
        return report.stored(name, directory) if enough else None

    return predict.outcomes(pd.read_csv(predict.SECOND), frame_of, effects_second.EFFECTS)


def states_table(frame: pd.DataFrame) -> pd.DataFrame:
    """One line for every state of the model, at the chosen layer, in the words of the chapter."""
    wide = mechanism(frame).set_index(["stage", "measure"])
    columns = {"refusal_plain": "Declined", "auc": "Told apart (AUC)", "kept": "Kept of what the policy added",
               "margin_auc": "Told apart by the margin", "refusal_added": "Declined with it added",
               "refusal_control": "Control"}  # fmt: skip
    rows = [[label, *(_said(wide.loc[stage, measure]) for measure in columns)] for stage, label in STATES.items()]
    return pd.DataFrame(rows, columns=["The model", *columns.values()])


def _said(cell: pd.Series) -> str:
    return f"{cell['value']:.2f} ({cell['least']:.2f} to {cell['most']:.2f})"
