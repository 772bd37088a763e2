"""Live slices: a small part of a stored frame, computed again while a chapter runs, and compared with it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.common import Setting, load, tidy
from ftsec.testbed.frames import stored
from ftsec.testbed.measures import MEASURES, Recorder
from ftsec.testbed.model import Weights
from ftsec.testbed.training import align

TOLERANCE = 0.1  # of a probability, averaged over a slice: processors round differently, and training amplifies it

NOTHING = "nothing is stored for these values, so there is nothing to compare with"
SFT_PROBES = (0, 10, 25, 50, 100, 200, 300)


def compare(live: pd.DataFrame, name: str, column: str = "refusal_probability") -> pd.DataFrame:
    """The live rows beside the stored ones: the shared condition columns, ``live`` and ``stored``.

    Rows that the stored frame does not hold (other parameters) have no stored value.
    """
    frame = stored(name)
    keys = [c for c in live.columns if c in frame.columns and not c.startswith(MEASURES)]
    both = live[[*keys, column]].merge(frame[[*keys, column]], on=keys, how="left", suffixes=("_live", ""))
    return both.rename(columns={f"{column}_live": "live", column: "stored"})


def agreement(comparison: pd.DataFrame) -> float:
    """Mean absolute difference between live and stored values; not a number if nothing can be compared."""
    return float(np.abs(comparison["live"] - comparison["stored"]).mean())


def agreement_in_words(comparison: pd.DataFrame) -> str:
    """A line on how far live values are from the stored ones, or that none are stored."""
    found = agreement(comparison)
    return NOTHING if np.isnan(found) else f"mean difference, live to stored: {found:.3f}"


def watch_sft(setting: Setting, habit: str = "refusal") -> pd.DataFrame:
    """SFT of a setting's bases, probed on the way: columns base, step and the measures."""
    bases = load(setting)
    config, worlds = bases[0].config, [base.world for base in bases]
    recorder = Recorder(config, [base.questions(habit) for base in bases], [{"base": base.seed} for base in bases])
    start = Weights(config.shapes(), np.stack([base.flat for base in bases]))
    align(config, start, worlds, setting.bases, habit, probe=recorder, probe_steps=SFT_PROBES)
    return tidy(recorder.rows)


def pretrained(setting: Setting) -> pd.DataFrame:
    """The measures of a setting's pre-trained models, before any chat: columns base, step (0) and the measures."""
    bases = load(setting)
    recorder = Recorder(bases[0].config, [base.questions() for base in bases], [{"base": base.seed} for base in bases])
    weights = Weights(bases[0].config.shapes(), np.stack([base.flat for base in bases]))
    recorder(0, weights, None)
    return tidy(recorder.rows)
