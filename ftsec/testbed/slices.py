"""Live slices: a small part of a published frame, computed again while a chapter runs, and compared with it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.common import Setting, load, tidy
from ftsec.testbed.measures import MEASURES, Recorder
from ftsec.testbed.model import Weights
from ftsec.testbed.report import published
from ftsec.testbed.training import align

TOLERANCE = 0.1  # of a probability, averaged over a slice: processors round differently, and training amplifies it

SFT_PROBES = (0, 10, 25, 50, 100, 200, 300)


def compare(live: pd.DataFrame, name: str, column: str = "refusal_probability") -> pd.DataFrame:
    """The live rows beside the published ones: the shared condition columns, ``live`` and ``published``.

    Rows that the published frame does not hold (other parameters) have no published value.
    """
    frame = published(name)
    keys = [c for c in live.columns if c in frame.columns and not c.startswith(MEASURES)]
    both = live[[*keys, column]].merge(frame[[*keys, column]], on=keys, how="left", suffixes=("_live", ""))
    return both.rename(columns={f"{column}_live": "live", column: "published"})


def agreement(comparison: pd.DataFrame) -> float:
    """Mean absolute difference between live and published values; not a number if nothing can be compared."""
    return float(np.abs(comparison["live"] - comparison["published"]).mean())


def watch_sft(setting: Setting, habit: str = "refusal") -> pd.DataFrame:
    """SFT of a setting's bases, probed on the way: columns base, step and the measures."""
    bases = load(setting)
    config, worlds = bases[0].config, [base.world for base in bases]
    recorder = Recorder(config, [base.questions(habit) for base in bases], [{"base": base.seed} for base in bases])
    start = Weights(config.shapes(), np.stack([base.flat for base in bases]))
    align(config, start, worlds, setting.bases, habit, probe=recorder, probe_steps=SFT_PROBES)
    return tidy(recorder.rows)
