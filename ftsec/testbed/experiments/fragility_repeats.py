"""The headline of `fragility_control` again: at two other widths and in the other world, on fewer bases."""

from __future__ import annotations

import pandas as pd

from ftsec.testbed.experiments.common import Experiment, Setting
from ftsec.testbed.experiments.dose_response_repeats import REPEATS
from ftsec.testbed.experiments.fragility_control import fragility_control


def fragility_repeats(setting: Setting) -> pd.DataFrame:
    """`fragility_control` with starts matched on log-odds, on counter-data and old-format benign data; same columns."""
    return fragility_control(setting, matched_on=("log_odds",), data=("counter", "benign_old"))


EXPERIMENT = Experiment(
    "fragility_repeats",
    fragility_repeats,
    "Does fragility_control say the same at other widths and in the other world?",
    REPEATS,
)
