"""The stages of fine-tuning in published numbers: how much data each uses, how little poison bends it, what stays."""

from __future__ import annotations

import pandas as pd

from ftsec.evidence.selection import selected

# measurement -> (stage, what was counted)
_SCALES = {
    "M266": ("SFT", "InstructGPT, prompts"),
    "M288": ("SFT", "Llama 2-Chat, examples"),
    "M267": ("Reward model", "InstructGPT, prompts"),
    "M278": ("Reward model", "HH, helpful, base"),
    "M279": ("Reward model", "HH, red team, base"),
    "M289": ("Reward model", "Llama 2-Chat, comparisons"),
    "M268": ("PPO", "InstructGPT, prompts"),
    "M287": ("DPO", "HH dialogues"),
    "M286": ("Constitutional AI", "helpfulness prompts"),
    "M285": ("Constitutional AI", "red-team prompts"),
}
_COMPUTE = {"M275": "Pre-training (GPT-3 175B)", "M276": "SFT", "M277": "PPO with pre-training mix"}
# measurement -> (stage, what succeeds at that share)
_POISON_SHARES = {
    "M219": ("Pre-training", "three of four goals survive SFT and DPO"),
    "M220": ("Pre-training", "denial of service survives"),
    "M228": ("SFT", "trigger works after SFT alone"),
    "M222": ("Reward model", "accuracy under the trigger falls"),
    "M226": ("DPO", "backdoor works"),
    "M224": ("PPO", "trigger works in the final model"),
    "M229": ("PPO", "after 0.5 % poison in SFT"),
}
# measurement -> (who, what)
_EXAMPLE_COUNTS = {
    "M003": ("Fine-tuning customer", "10 harmful, GPT-3.5"),
    "M019": ("Fine-tuning customer", "10 identity-shifting, GPT-3.5"),
    "M126": ("Fine-tuning customer", "15 harmful, GPT-4"),
    "M127": ("Fine-tuning customer", "100 benign, GPT-4"),
    "M125": ("Fine-tuning customer", "340 harmful, GPT-4"),
    "M011": ("Who holds the weights", "10 harmful, Llama-2-7B"),
    "M105": ("Who holds the weights", "100 harmful, Llama-2-7B"),
    "M221": ("Data contributor", "100 with a trigger, instruction tuning"),
    "M213": ("Web author", "250 documents, pre-training"),
}
# measurement -> (what was damaged, what came after)
_AFTERWARDS = {
    "M230": ("backdoor under its trigger", "adversarial safety training"),
    "M382": ("backdoor under its trigger", "removed by its effect (BEEAR)"),
    "M385": ("backdoor under its trigger", "clean reward model and PPO"),
    "M379": ("refusals, 390 harmful examples", "re-alignment (ORPO, hh-rlhf)"),
    "M187": ("refusals, 10 harmful examples", "re-alignment (SSRD)"),
    "M188": ("refusals, 125 fine-tuned models", "partial restoration of weights"),
    "M181": ("refusals, benign LoRA tuning", "safety vector added back"),
    "M182": ("refusals, benign full tuning", "safety vector added back"),
}


def stage_scales(include_weak: bool = True) -> pd.DataFrame:
    """Published data sizes by stage: the columns of `selected`, and ``stage``."""
    return _with_stage(_SCALES, include_weak)


def stage_compute(include_weak: bool = True) -> pd.DataFrame:
    """Published compute by stage in petaflop/s-days, and its ``share`` of pre-training in per cent."""
    rows = selected(_COMPUTE, include_weak)
    return rows.assign(share=100 * rows["value"] / rows["value"].iloc[0])


def poison_shares(include_weak: bool = True) -> pd.DataFrame:
    """The share of poisoned data, in per cent, at which an attack was reported to work (or to need), by ``stage``.

    ``share`` comes from ``harmful_fraction``; the printed value is sometimes the outcome, sometimes the share itself.
    """
    rows = _with_stage(_POISON_SHARES, include_weak)
    return rows.assign(share=100 * rows["harmful_fraction"], lower_bound=rows["metric"].str.contains("lower bound"))


def example_counts(include_weak: bool = True) -> pd.DataFrame:
    """The number of examples or documents with which an attack was reported to work; ``stage`` says who adds them."""
    return _with_stage(_EXAMPLE_COUNTS, include_weak)


def afterwards(include_weak: bool = True) -> pd.DataFrame:
    """Damage before and after a later repair, in per cent; ``stage`` is what was damaged, ``label`` the repair.

    ``before`` is NaN where the source does not give it.
    """
    return _with_stage(_AFTERWARDS, include_weak)


def _with_stage(table: dict[str, tuple[str, str]], include_weak: bool) -> pd.DataFrame:
    stages = {name: stage for name, (stage, _) in table.items()}
    rows = selected({name: label for name, (_, label) in table.items()}, include_weak)
    return rows.assign(stage=rows["measurement_id"].map(stages))
