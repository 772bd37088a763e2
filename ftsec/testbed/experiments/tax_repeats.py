"""The headline of `alignment_tax` again: at two other widths and in the other world, on fewer bases."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ftsec.testbed.experiments.alignment_tax import alignment_tax
from ftsec.testbed.experiments.common import Experiment, Setting
from ftsec.testbed.experiments.dose_response_repeats import REPEATS


def tax_repeats(setting: Setting) -> pd.DataFrame:
    """`alignment_tax` with all its arms; same columns."""
    return alignment_tax(setting)


EXPERIMENT = Experiment(
    "tax_repeats",
    tax_repeats,
    "Does learning to refuse cost allowed facts at other widths and in the other world?",
    tuple(replace(setting, seeds=(0,)) for setting in REPEATS),
)
