"""What removes safety training, and what it costs in usefulness: the published runs behind the removal table."""

from __future__ import annotations

import pandas as pd

from ftsec.evidence.selection import by_id, shown_in, with_source
from ftsec.evidence.tables import evidence_for

UNSAFE_OUTCOMES = ("harmfulness_rate", "attack_success_rate", "refusal_rate")


def removal_points(claim_id: str, include_weak: bool = True) -> pd.DataFrame:
    """The published runs that bear on one row of the removal table: rates of answers over examples.

    Only runs with a number of examples and a rate appear. A refusal rate is turned round (100 minus it):
    answers *not refused*, which nobody judged. Where a
    source prints only a bound (``">91"``), ``value`` is that bound and ``bound`` is true.

    Returns:
        The columns of `with_source`, and ``bound``.
    """
    rows = evidence_for(claim_id)
    usable = rows["outcome"].isin(UNSAFE_OUTCOMES) & (rows["n_examples"] > 0) & rows["value_low"].notna()
    rows = rows[usable & (rows["unit"] == "%")].copy()
    rows["bound"] = rows["value"].isna() | rows["metric"].str.contains("lower bound")
    rows["value"] = rows["value"].fillna(rows["value_low"])
    turned = rows["outcome"] == "refusal_rate"
    rows["value"] = rows["value"].where(~turned, 100 - rows["value"])
    rows = with_source(rows)
    return rows[include_weak | ~rows["weak"]].reset_index(drop=True)


def utility_after_attack(include_weak: bool = True) -> pd.DataFrame:
    """Capability kept and harm reached by the same attack, one row a measure of capability.

    Returns:
        ``label`` (attack), ``measure``, ``before``, ``after``, ``kept`` (per cent of the value before), ``harm_before``
        and ``harm`` (per cent), ``counted`` (what they are shares of: answers *judged harmful*, or *not refused*; the
        two are never ranked against each other), ``low``, ``high``, ``model``, ``source``.
    """
    capability = shown_in("utility_and_harm", include_weak).rename(columns={"group": "measure"})
    capability["after"], capability["kept"] = capability["value"], 100 * capability["value"] / capability["before"]
    columns = ["label", "model", "measure", "before", "after", "kept", "source"]
    return capability[columns].join(_harm(capability["against"]))


def _harm(ids: pd.Series) -> pd.DataFrame:
    rows = by_id(ids).reset_index(drop=True)
    turned = rows["outcome"] == "refusal_rate"
    unsafe = 100 - rows.loc[turned, ["before", "value", "high", "low"]].to_numpy()
    rows.loc[turned, ["before", "value", "low", "high"]] = unsafe
    rows["counted"] = turned.map({True: "not refused", False: "judged harmful"})
    rows = rows.rename(columns={"before": "harm_before", "value": "harm"})
    return rows[["harm_before", "harm", "counted", "low", "high"]]
