"""Defences with a number before and after, and benign data sets with the safety they cost."""

from __future__ import annotations

import pandas as pd

from ftsec.evidence.intervals import wilson
from ftsec.evidence.selection import shown_in
from ftsec.evidence.tables import measurements
from ftsec.evidence.vocabulary import PERCENT


def mixing_curves(include_weak: bool = True) -> pd.DataFrame:
    """Rate of unsafe answers over the share of safety examples mixed into the fine-tuning data (Qi et al., Table 4).

    Returns:
        ``attack``, ``n_examples``, ``n_safety``, ``share`` (per cent of all examples), ``rate``, ``low``, ``high``.
    """
    rows = shown_in("mixing_curves", include_weak)
    starts = rows.drop_duplicates("label").assign(n_safety=0.0, value=lambda some: some["before"])
    table = pd.concat([starts, rows]).sort_values(["label", "n_safety"], kind="stable")
    table["share"] = 100 * table["n_safety"] / (table["n_safety"] + table["n_examples"])
    table["low"], table["high"] = wilson(table["value"], table["n_prompts"])
    columns = ["label", "n_examples", "n_safety", "share", "value", "low", "high"]
    return table[columns].rename(columns={"label": "attack", "value": "rate"}).reset_index(drop=True)


def defended(include_weak: bool = True) -> pd.DataFrame:
    """Published defences, unsafe answers before and after in per cent, the largest remaining rate first.

    Returns:
        The columns of `shown_in`; ``before`` is the attacked, undefended model.
    """
    rows = shown_in("defended", include_weak)
    return rows.sort_values("value", ascending=False, kind="stable").reset_index(drop=True)


def benign_rises() -> pd.DataFrame:
    """The rise after harmless data: unsafe answers after minus before, same model, same judge, in percentage points.

    Over every run of the table on a harmless data set that nobody selected or wrote for the purpose, without a
    defence. The book's one definition; `benign_data_sets` is a choice of these runs.

    Returns:
        The columns of `measurements`, and ``rise``; the smallest first.
    """
    rows = measurements()
    rates = rows["outcome"].isin(["harmfulness_rate", "attack_success_rate"]) & (rows["unit"] == PERCENT)
    ordinary = (rows["attack"] == "benign") & (rows["defense"] == "") & rows["value"].notna() & rows["before"].notna()
    rows = rows[rates & ordinary & ~rows["topic"].str.startswith("selected")]
    return rows.assign(rise=rows["value"] - rows["before"]).sort_values("rise", kind="stable").reset_index(drop=True)


def benign_data_sets(include_weak: bool = True) -> pd.DataFrame:
    """Unsafe answers before and after fine-tuning on data without harm: the columns of `shown_in`, and ``data_set``."""
    return shown_in("benign_data_sets", include_weak).rename(columns={"group": "data_set"})
