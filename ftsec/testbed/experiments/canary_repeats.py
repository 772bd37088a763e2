"""The headline of `canary_exposure` again: at another width and in the other world, one epoch of each phase."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ftsec.testbed.experiments.canary_exposure import ARMS, canary_exposure
from ftsec.testbed.experiments.common import Experiment, Setting
from ftsec.testbed.experiments.dose_response_repeats import REPEATS


def canary_repeats(setting: Setting) -> pd.DataFrame:
    """`canary_exposure` without its arms of several epochs; same columns."""
    return canary_exposure(setting, [arm for arm in ARMS if arm.epochs == 1])


EXPERIMENT = Experiment(
    "canary_repeats",
    canary_repeats,
    "Does exposure grow with presentations in the same way at another width and in the other world?",
    # not at the largest width: each base trains two models from scratch
    tuple(replace(setting, seeds=(0,)) for setting in REPEATS if setting.width <= 48),
)
