"""Defences with a number before and after, and benign data sets with the safety they cost."""

from __future__ import annotations

import pandas as pd

from ftsec.evidence.selection import selected, wilson
from ftsec.evidence.tables import measurements
from ftsec.evidence.vocabulary import PERCENT

# measurement with safety examples -> attack; the value without them is the measurement's own ``before``
_MIXING = {
    "M067": "100 harmful", "M069": "100 harmful", "M071": "100 harmful",
    "M077": "10 identity-shifting",
    "M079": "50,000 benign (Alpaca)", "M081": "50,000 benign (Alpaca)", "M083": "50,000 benign (Alpaca)",
}  # fmt: skip
_DEFENDED = {
    "M071": "100 safety examples, harmful data",
    "M077": "10 safety examples, identity shifting",
    "M079": "250 safety examples, Alpaca",
    "M135": "constrained tuning, harmful data",
    "M139": "constrained tuning, identity shifting",
    "M147": "constrained tuning, backdoor with trigger",
    "M151": "constrained tuning, benign Samsum",
    "M165": "recovery examples, prefilled answer",
    "M181": "safety vector, benign LoRA",
    "M182": "safety vector, benign full tuning",
    "M188": "weights partly restored, 125 models",
    "M177": "careful hyper-parameters, benign data",
    "M192": "Safe LoRA, harmful data",
}
# measurement -> (model, data set)
_BENIGN = {
    "M037": ("Llama-2-7B", "LLaVA-Instruct"),
    "M033": ("Llama-2-7B", "Alpaca"),
    "M035": ("Llama-2-7B", "Dolly"),
    "M150": ("Llama-2-7B", "Samsum"),
    "M154": ("Llama-2-7B", "SQL"),
    "M158": ("Llama-2-7B", "GSM8k"),
    "M152": ("Gemma-1.1-7B", "Samsum"),
    "M156": ("Gemma-1.1-7B", "SQL"),
    "M160": ("Gemma-1.1-7B", "GSM8k"),
    "M029": ("GPT-3.5", "Alpaca"),
    "M031": ("GPT-3.5", "Dolly"),
}


def mixing_curves(include_weak: bool = True) -> pd.DataFrame:
    """Rate of unsafe answers over the share of safety examples mixed into the fine-tuning data (Qi et al., Table 4).

    Returns:
        ``attack``, ``n_examples``, ``n_safety``, ``share`` (per cent of all examples), ``rate``, ``low``, ``high``.
    """
    rows = selected(_MIXING, include_weak)
    starts = rows.drop_duplicates("label").assign(n_safety=0.0, value=lambda some: some["before"])
    table = pd.concat([starts, rows]).sort_values(["label", "n_safety"], kind="stable")
    table["share"] = 100 * table["n_safety"] / (table["n_safety"] + table["n_examples"])
    bounds = [wilson(*pair) for pair in table[["value", "n_prompts"]].to_numpy()]
    table["low"], table["high"] = zip(*bounds, strict=True)
    columns = ["label", "n_examples", "n_safety", "share", "value", "low", "high"]
    return table[columns].rename(columns={"label": "attack", "value": "rate"}).reset_index(drop=True)


def defended(include_weak: bool = True) -> pd.DataFrame:
    """Published defences, unsafe answers before and after in per cent, the largest remaining rate first.

    Returns:
        The columns of `selected`; ``before`` is the attacked, undefended model.
    """
    rows = selected(_DEFENDED, include_weak)
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
    """Unsafe answers before and after fine-tuning on data without harm: the columns of `selected`, and ``data_set``."""
    rows = selected({name: model for name, (model, _) in _BENIGN.items()}, include_weak)
    return rows.assign(data_set=[_BENIGN[name][1] for name in rows["measurement_id"]])
