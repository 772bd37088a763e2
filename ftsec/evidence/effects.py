"""Before and after: what an attack or a defense changed, wherever a source gives both numbers."""

from __future__ import annotations

import pandas as pd

from ftsec.evidence import intervals
from ftsec.evidence.references import cite
from ftsec.evidence.tables import is_weak, measurements, without_weak
from ftsec.evidence.vocabulary import PERCENT

RATES = ("harmfulness_rate", "attack_success_rate", "refusal_rate")
PHASES = ("fine-tuning", "fine-tuning defence", "post-fine-tuning defence")
COLUMNS = [
    "measurement_id",
    "citation_key",
    "source",
    "attack",
    "method",
    "defense",
    "model",
    "topic",
    "n_examples",
    "n_harmful",
    "n_safety",
    "epochs",
    "metric",
    "before",
    "after",
    "n_prompts",
    "risk_difference",
    "rd_low",
    "rd_high",
    "log_odds_ratio",
    "lor_low",
    "lor_high",
    "zero_corrected",
    "weak",
]


def effect_sizes(include_weak: bool = False) -> pd.DataFrame:
    """Risk difference and log odds ratio of every fine-tuning row with a rate before and after.

    Rates are per cent of unsafe answers; a refusal rate is turned round (100 minus it). ``before`` is the initial model
    for attacks and the attacked model for defenses. Intervals exist where the number of prompts is known; they treat
    before and after as independent although these share prompts, and so are too wide rather than too narrow.

    Args:
        include_weak: also rows read in notes, second hand or from memory (column ``weak``).

    Returns:
        One row a measurement, columns `COLUMNS`; differences in percentage points.
    """
    rows = measurements() if include_weak else without_weak(measurements())
    usable = rows["value"].notna() & rows["before"].notna() & (rows["unit"] == PERCENT)
    rows = rows[usable & rows["outcome"].isin(RATES) & rows["phase"].isin(PHASES)].copy()
    rows["weak"] = is_weak(rows)
    turned = rows["outcome"] == "refusal_rate"
    rows["after"] = rows["value"].where(~turned, 100 - rows["value"])
    rows["before"] = rows["before"].where(~turned, 100 - rows["before"])
    rows = rows[~_printed_twice(rows)].copy()
    rows["source"] = rows["citation_key"].map(cite)
    return rows.join(_sizes(rows))[COLUMNS].reset_index(drop=True)


def _printed_twice(rows: pd.DataFrame) -> pd.Series:
    """Marks the second printing of one run: same work, model, metric, training and numbers."""
    same = ["citation_key", "model", "metric", "n_examples", "learning_rate", "batch_size", "epochs", "before", "after"]
    return rows.duplicated(same) & rows["n_examples"].notna() & rows["epochs"].notna()


def _sizes(rows: pd.DataFrame) -> pd.DataFrame:
    sizes = [
        (
            after - before,
            *intervals.risk_difference(before, after, n_prompts),
            *intervals.log_odds_ratio(before, after, n_prompts),
        )
        for before, after, n_prompts in rows[["before", "after", "n_prompts"]].to_numpy()
    ]
    names = ["risk_difference", "rd_low", "rd_high", "log_odds_ratio", "lor_low", "lor_high", "zero_corrected"]
    return pd.DataFrame(sizes, columns=names, index=rows.index)
