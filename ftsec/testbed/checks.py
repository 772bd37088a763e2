"""Is a stored frame what the code of today would compute?

A frame holds the fingerprints of all modules it was computed with. Where they have changed since, a slice can be
computed again: one base or a few of every setting. If its numbers agree, the frame's file says so, and with which
code. It still does not claim to have been computed with that code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftsec.base.code import changed
from ftsec.base.files import write_atomic
from ftsec.testbed import bases
from ftsec.testbed.experiments import experiment
from ftsec.testbed.frames import about, code_digest, compute_frame, modules, stored

AGREES = 2e-3  # largest difference of a slice that counts as the same numbers
CONDITIONS = ("learning_rate", "share", "multiply_adds")  # numbers that name a row


@dataclass(frozen=True)
class Check:
    """What is known about the code of one stored frame.

    Attributes:
        status: ``current``: computed with this code; ``agrees``: computed with other code, but a slice computed with
            this code gave the same numbers; ``kept``: from an earlier edition, and its file says so; ``older``: none
            of these.
        changed: modules that differ from those the frame was computed with; None if it does not say.
        difference: largest difference in the slice, not a number if none was computed with this code.
    """

    name: str
    status: str
    changed: list[str] | None
    difference: float


def check(name: str) -> Check:
    """The state of a stored frame."""
    told = about(name)
    if "kept" in told:
        return Check(name, "kept", None, float("nan"))
    different = changed(told["modules"], modules(name)) if "modules" in told else None
    again = told.get("again", {})
    difference = again["largest_difference"] if again.get("code") == code_digest(name) else float("nan")
    agrees = "agrees" if difference <= AGREES else "older"
    return Check(name, "current" if different == [] else agrees, different, difference)


def sentence(found: Check, difference: float | None = None) -> str:
    """What is known about a frame, in one line; `difference` is that of a slice that was computed just now."""
    if found.status == "current":
        return f"{found.name}: computed with this code"
    if found.status == "kept":
        return f"{found.name}: kept, {about(found.name)['kept']}"
    which = "code it does not name in full" if found.changed is None else f"other code ({', '.join(found.changed)})"
    known = found.difference if difference is None else difference
    outcome = "no slice was computed with this code" if np.isnan(known) else f"a slice differs by at most {known:.4f}"
    return f"{found.name}: computed with {which}; {outcome}"


def slice_again(name: str, n_bases: int = 1) -> float:
    """Computes the first bases of every setting again; returns the largest difference from the stored numbers.

    A run's numbers depend on its base and seed alone, so any number of bases will do. They also depend on how the
    machine rounds: on a processor other than the frame's (`frames.about`), single runs may end elsewhere.
    """
    frame = stored(name, main=False)
    parts = []
    for setting in experiment(name).settings:
        live = compute_frame(name, setting.only(setting.bases[:n_bases]))
        mine = (frame["world"] == setting.world) & (frame["width"] == setting.width)
        parts.append(largest_difference(live, frame[mine & frame["base"].isin(setting.bases[:n_bases])]))
    return max(parts)


def largest_difference(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """Largest difference of a number between two frames with the same rows; infinite if their rows differ."""
    names = [c for c in one.columns if c in CONDITIONS or not pd.api.types.is_float_dtype(one[c])]
    ordered = [frame.sort_values(names, ignore_index=True) for frame in (one, other)]
    if len(one) != len(other) or not ordered[0][names].astype(str).equals(ordered[1][names].astype(str)):
        return float("inf")
    values = [frame.drop(columns=names).to_numpy(float) for frame in ordered]
    if not np.array_equal(np.isnan(values[0]), np.isnan(values[1])):
        return float("inf")
    return float(np.nanmax(np.abs(values[0] - values[1]), initial=0.0))


def note_slice(name: str, difference: float, n_bases: int = 1) -> None:
    """Writes the outcome of `slice_again` into the frame's file of settings."""
    again = {"code": code_digest(name), "bases_per_setting": n_bases, "largest_difference": difference}
    write_atomic(bases.DATA / f"{name}.json", json.dumps(about(name) | {"again": again}, indent=1) + "\n")
