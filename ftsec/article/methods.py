"""How alignment methods are said to compare: "Cross-Method Vulnerability Comparison" (overview)."""

from __future__ import annotations

from dataclasses import dataclass

from ftsec.article.rated import Rated


@dataclass(frozen=True)
class MethodComparison:
    """A row of the table; resistance and robustness are good when high, risk and cost when low."""

    method: str
    data_poisoning_resistance: Rated
    reward_hacking_risk: Rated
    alignment_robustness: Rated
    computational_cost: Rated


METHOD_COMPARISON: tuple[MethodComparison, ...] = (
    MethodComparison(
        method="SFT only",
        data_poisoning_resistance=Rated("Low", "learns whatever the data holds"),
        reward_hacking_risk=Rated("N/A"),
        alignment_robustness=Rated("Low", "little fine-tuning removes it"),
        computational_cost=Rated("Low"),
    ),
    MethodComparison(
        method="RLHF (PPO)",
        data_poisoning_resistance=Rated("Medium", "part of the poison stops at the reward model"),
        reward_hacking_risk=Rated("High", "the reward itself can be exploited"),
        alignment_robustness=Rated("Medium"),
        computational_cost=Rated("High"),
    ),
    MethodComparison(
        method="DPO",
        data_poisoning_resistance=Rated("Medium", "pairs back each other up to a degree"),
        reward_hacking_risk=Rated("Low", "has no reward model of its own"),
        alignment_robustness=Rated("Medium"),
        computational_cost=Rated("Medium"),
    ),
    MethodComparison(
        method="Constitutional AI",
        data_poisoning_resistance=Rated("Higher", "the model's own criticism catches some"),
        reward_hacking_risk=Rated("Low"),
        alignment_robustness=Rated("Higher", "written principles are one more layer"),
        computational_cost=Rated("High"),
    ),
    MethodComparison(
        method="SFT + RLHF + CAI",
        data_poisoning_resistance=Rated("Highest", "several layers one behind the other"),
        reward_hacking_risk=Rated("Medium"),
        alignment_robustness=Rated("Highest", "layers defend in depth"),
        computational_cost=Rated("Very High"),
    ),
)
