"""The headline of `pipeline_trajectory` again: at two other widths and in the other world, on fewer bases.

The learning rates are those of the main setting; the tuning rule was not applied anew, since these widths and this
world have no development bases of their own.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ftsec.testbed.experiments.common import Experiment, Setting
from ftsec.testbed.experiments.dose_response_repeats import REPEATS
from ftsec.testbed.experiments.pipeline_trajectory import pipeline_trajectory


def trajectory_repeats(setting: Setting) -> pd.DataFrame:
    """`pipeline_trajectory` with all its rates; same columns."""
    return pipeline_trajectory(setting)


EXPERIMENT = Experiment(
    "trajectory_repeats",
    trajectory_repeats,
    "Is removing the policy cheaper than installing it at other widths and in the other world?",
    tuple(replace(setting, seeds=(0,)) for setting in REPEATS),
)
