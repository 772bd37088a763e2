"""How sure a published rate is: the interval that goes with a share of a number of trials."""

from __future__ import annotations

import pandas as pd

from ftsec.base.intervals import CONFIDENCE, wilson


def with_wilson(frame: pd.DataFrame, rate: str, trials: str, level: float = CONFIDENCE) -> pd.DataFrame:
    """The frame with columns ``low`` and ``high``: Wilson's interval (1927) around a rate, in percent.

    It covers the chance of the `trials` prompts alone, not the judge, the seed or the choice of prompts.

    Args:
        frame: one rate a row.
        rate: name of the column with the rate, 0 to 100.
        trials: name of the column with the number of prompts; NaN gives NaN bounds.
        level: confidence.
    """
    low, high = wilson(frame[rate] / 100 * frame[trials], frame[trials], level)
    return frame.assign(low=100 * low, high=100 * high)
