"""The headline of `dose_response` again: at two other widths and in the other world, on fewer bases."""

from __future__ import annotations

import pandas as pd

from ftsec.testbed import store
from ftsec.testbed.experiments.common import Experiment, Setting
from ftsec.testbed.experiments.dose_response import dose_response

REPEATS = (
    Setting(bases=store.REPORT_SEEDS[:10], world="named_topic"),
    Setting(bases=store.REPORT_SEEDS[:10], width=32),
    Setting(bases=store.REPORT_SEEDS[:5], width=72),  # the slowest to train
)


def dose_response_repeats(setting: Setting) -> pd.DataFrame:
    """`dose_response` with 3, 10 and 100 examples at 1e-4; same columns."""
    return dose_response(setting, n_examples=(3, 10, 100), learning_rates=(1e-4,))


EXPERIMENT = Experiment(
    "dose_response_repeats",
    dose_response_repeats,
    "Does the dose-response curve look the same at other widths and in the other world?",
    REPEATS,
)
