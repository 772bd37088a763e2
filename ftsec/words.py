"""Names of data as a reader's words, numbers as a reader's digits: used where a table or a recorded line is shown.

Data, downloads and the command line keep the names of the data; nothing reads these words back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

# a name of data: lower-case parts joined by underscores; not part of a path, a file name or a longer code word
NAME = re.compile(r"(?<![\w./-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w/-]|\.\w)")
MINUS = re.compile(r"(?<![\w.)-])-(?=\d)")
NEGATIVE_ZERO = re.compile(r"(?<![\w.-])[-−](0(?:\.0+)?)(?![\d.])")
PROSE = 18  # letters from which a column's longest cell cannot stand beside two others on a phone
SENTENCE = 40  # letters of a cell that needs a phone's width
RANK = re.compile(r"lora_(\d+)")

PARTS = {
    "api": "API", "cpu": "CPU", "defense": "defence", "defenses": "defences", "dpo": "DPO", "finetuning": "fine-tuning",
    "ft": "fine-tuning", "gpt": "GPT", "kl": "KL", "kto": "KTO", "llama": "Llama", "lora": "LoRA",
    "lr": "learning rate", "ppo": "PPO", "pretraining": "pre-training", "rl": "RL", "rlhf": "RLHF", "sft": "SFT",
}  # fmt: skip
PAIRS = {
    "best of n": "best of n", "fine tuning": "fine-tuning", "half life": "half-life", "over refusal": "over-refusal",
    "pre training": "pre-training",
}  # fmt: skip
# names whose parts do not say enough
NAMES = {
    "100_harmful_full": "100 harmful, full fine-tuning",
    "100_harmful_lora": "100 harmful, LoRA",
    "1000_harmful_full": "1000 harmful, full fine-tuning",
    "benign_full_ft": "harmless, full fine-tuning",
    "benign_lora": "harmless, LoRA",
    "high_lr_harmful": "100 harmful, high learning rate",
    "benign_new": "harmless, new format",
    "benign_old": "harmless, old format",
    "hidden_topic": "main world",
    "named_topic": "other world",
    "never_aligned": "never refused",
    "new_far": "new format, far",
    "new_near": "new format, near",
    "new_random": "new format",
    "old_far": "old format, far",
    "old_near": "old format, near",
    "old_random": "old format",
    "paper_text": "paper, full text",
    "x86_64": "x86_64",
}
# recorded numbers that need more than their parts
RECORDS = {
    "adapter_refusal_none": "adapter, refusals without the trigger",
    "adapter_refusal_trigger": "adapter, refusals with the trigger",
    "exposure_a_document_of_its_own": "exposure, a document of its own",
    "exposure_inside_different_documents": "exposure, inside different documents",
    "first_is_deployment": "deployment fine-tuning comes first in",
    "formula_retained_100_in_10000": "formula, retained at 100 harmful in 10,000",
    "formula_safety_of_your_run": "formula, safety of your run",
    "gold_lost_past_peak_best_of_n": "gold reward lost past the peak, best of n",
    "gold_lost_past_peak_rl": "gold reward lost past the peak, RL",
    "half_dose_dpo_over_rl_random": "half dose, DPO over RL, without a trigger",
    "half_dose_dpo_over_rl_random_equal_reward": "half dose, DPO over RL, without a trigger, equal reward",
    "half_dose_dpo_over_rl_triggered": "half dose, DPO over RL, with a trigger",
    "half_dose_dpo_over_rl_triggered_equal_reward": "half dose, DPO over RL, with a trigger, equal reward",
    "half_dose_gpt_3_5_turbo": "half dose, GPT-3.5 Turbo",
    "half_dose_llama_2_7b_chat": "half dose, Llama-2-7b-Chat",
    "half_life_ratio_canned": "half-life ratio, canned answer",
    "half_life_ratio_marker": "half-life ratio, marker",
    "harmfulness_rate_gpt": "harmfulness rate, GPT-3.5 Turbo",
    "harmfulness_rate_llama": "harmfulness rate, Llama-2-7b-Chat",
    "n_claims": "counted",
    "n_high_severity": "of high severity",
    "near_duplicates_RealNews": "near-duplicates, RealNews",
    "peak_kl_largest_reward_model": "KL at the peak, largest reward model",
    "peak_kl_smallest_reward_model": "KL at the peak, smallest reward model",
    "ppo_poison_over_dpo": "poison needed, PPO over DPO",
    "published_ratio_epochs": "published ratio, epochs",
    "published_ratio_learning_rate": "published ratio, learning rate",
    "published_ratio_lora": "published ratio, LoRA",
    "published_ratio_prefix_tuning": "published ratio, prefix tuning",
    "refusal_after_realign": "refusal after re-alignment",
    "safe_answers_published": "safe answers, published",
    "safety_left_model": "safety left, printed model",
    "share_last": "it comes last in",
    "testbed_tax_width_16_other_entities": "testbed: tax at width 16, other entities",
    "testbed_tax_width_48_other_entities": "testbed: tax at width 48, other entities",
}


def in_words(name: str) -> str:
    """``"sft_safety_examples"`` as ``"SFT safety examples"``; a text that is no name of data stays as it is."""
    if name in NAMES:
        return NAMES[name]
    if rank := RANK.fullmatch(name):
        return f"LoRA, rank {rank[1]}"
    words = " ".join(PARTS.get(part.lower(), part) for part in name.split("_"))
    for plain, joined in PAIRS.items():
        words = re.sub(rf"\b{plain}\b", joined, words)
    return f"number of {words[2:]}" if words.startswith("n ") else words


def record_in_words(name: str) -> str:
    """What a recorded number is, as the beginning of a line."""
    words = RECORDS.get(name) or in_words(name).replace("testbed ", "testbed: ", 1)
    return words[:1].upper() + words[1:]


def tidy(text: str) -> str:
    """A text for the page: names of data in words, real minus signs, no negative zero."""
    text = NEGATIVE_ZERO.sub(r"\1", text)
    return MINUS.sub("−", NAME.sub(lambda found: in_words(found[0]), text))


def digits(value: float, places: int | None = None) -> str:
    """A number for the page: three digits that count, or so many places; large ones in groups, ∞ for infinity."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if places is not None:
        shown = f"{value:,.{places}f}" if abs(value) >= 10_000 else f"{value:.{places}f}"
    elif abs(value) >= 10_000:
        shown = f"{value:,.0f}"
    elif abs(value) >= 100:
        shown = f"{value:.0f}"
    else:
        shown = re.sub(r"e([+-])0*", r"e\1", f"{value:.3g}").replace("e+", "e")
    return tidy(shown)


def places(values: Sequence[float]) -> int | None:
    """How many places the values share so that the largest has three digits; None if they differ too much in size."""
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    if not sizes or max(sizes) > 40 * min(sizes) or max(sizes) >= 1000:
        return None
    wanted = max(0, 2 - math.floor(math.log10(max(sizes))))
    used = max(len(f"{size:.{wanted}f}".rstrip("0").partition(".")[2]) for size in sizes)
    return min(wanted, used)


def crowded(longest: Sequence[int]) -> bool:
    """Whether columns cannot stand side by side on a phone: two of prose among three, one among five, or a sentence.

    Args:
        longest: letters of the longest cell of each column.
    """
    n, prose = len(longest), sum(length > PROSE for length in longest)
    return (n >= 3 and prose >= 2) or (n >= 5 and prose >= 1) or (n >= 4 and max(longest) > SENTENCE)
