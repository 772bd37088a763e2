"""How sure a published rate is: the interval that goes with a share of a number of trials."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

LEVEL = 0.95


def with_wilson(frame: pd.DataFrame, rate: str, trials: str, level: float = LEVEL) -> pd.DataFrame:
    """The frame with columns ``low`` and ``high``: Wilson's interval (1927) around a rate, in percent.

    It covers the chance of the `trials` prompts alone, not the judge, the seed or the choice of prompts.

    Args:
        frame: one rate a row.
        rate: name of the column with the rate, 0 to 100.
        trials: name of the column with the number of prompts; NaN gives NaN bounds.
        level: confidence.
    """
    z = norm.ppf((1 + level) / 2)
    share, n = frame[rate] / 100, frame[trials]
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return frame.assign(low=100 * (middle - half).clip(lower=0), high=100 * (middle + half).clip(upper=1))
