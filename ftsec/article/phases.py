"""Training phases and their risks: section "Comparative Attack Surface Analysis" (comparison)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ftsec.article.rated import Rated


class TrainingPhase(Enum):
    """The five phases that the comparison profiles."""

    PRE_TRAINING = "pre_training"
    SFT = "supervised_fine_tuning"
    RLHF = "rlhf"
    DPO = "dpo"
    DEPLOYMENT_FINE_TUNING = "deployment_fine_tuning"


@dataclass(frozen=True)
class PhaseProfile:
    """One phase's row of the table; the levels are opinions of the article, not measurements.

    Attributes:
        phase: which phase.
        data_scale: amount of data as printed, with its unit, for example ``"10K-1M examples"``.
        compute_duration: how long the phase runs, as printed.
        data_poisoning_difficulty: how hard poisoning is *for the attacker*; "high" is good news here only.
        data_poisoning_impact, supply_chain_risk, insider_threat_risk, safety_alignment_risk,
            memorization_risk: risk levels; "high" is bad news.
        typical_defenses: their names as printed.
    """

    phase: TrainingPhase
    data_scale: str
    compute_duration: str
    data_poisoning_difficulty: Rated
    data_poisoning_impact: Rated
    supply_chain_risk: Rated
    insider_threat_risk: Rated
    safety_alignment_risk: Rated
    memorization_risk: Rated
    typical_defenses: tuple[str, ...]


PHASE_PROFILES: tuple[PhaseProfile, ...] = (
    PhaseProfile(
        phase=TrainingPhase.PRE_TRAINING,
        data_scale="1T-15T tokens",
        compute_duration="weeks to months",
        data_poisoning_difficulty=Rated("high", "a huge corpus needs a dense dose of poison"),
        data_poisoning_impact=Rated("moderate", "the amount of clean data thins the poison out"),
        supply_chain_risk=Rated("critical", "crawled pages and data sets of others"),
        insider_threat_risk=Rated("high", "a long run with many hands on it"),
        safety_alignment_risk=Rated("low", "there is no safety behaviour to lose yet"),
        memorization_risk=Rated("moderate", "follows how often a text repeats"),
        typical_defenses=(
            "Data deduplication",
            "Web content filtering",
            "Dataset provenance tracking",
            "Compute access controls",
        ),
    ),
    PhaseProfile(
        phase=TrainingPhase.SFT,
        data_scale="10K-1M examples",
        compute_duration="hours to days",
        data_poisoning_difficulty=Rated("low", "few examples, held in few hands"),
        data_poisoning_impact=Rated("high", "examples act on behaviour directly"),
        supply_chain_risk=Rated("medium", "curated sets and human annotators"),
        insider_threat_risk=Rated("high", "an annotator can be corrupted"),
        safety_alignment_risk=Rated("high", "forms how instructions are followed"),
        memorization_risk=Rated("high", "little data seen many times"),
        typical_defenses=(
            "Annotator agreement verification",
            "Data quality scoring",
            "Held-out validation",
            "Example-level auditing",
        ),
    ),
    PhaseProfile(
        phase=TrainingPhase.RLHF,
        data_scale="50K-500K comparisons",
        compute_duration="days to weeks",
        data_poisoning_difficulty=Rated("medium", "preferences have to be collected"),
        data_poisoning_impact=Rated("critical", "acts straight on safety behaviour"),
        supply_chain_risk=Rated("low", "the pipeline stays in the house"),
        insider_threat_risk=Rated("critical", "everything hangs on one reward model"),
        safety_alignment_risk=Rated("critical", "the main mechanism that makes a model safe"),
        memorization_risk=Rated("low", "the model sees a reward, not a text"),
        typical_defenses=(
            "Reward model auditing",
            "KL divergence constraints",
            "Multi-annotator agreement",
            "Constitutional AI cross-checks",
        ),
    ),
    PhaseProfile(
        phase=TrainingPhase.DPO,
        data_scale="10K-100K pairs",
        compute_duration="hours",
        data_poisoning_difficulty=Rated("low", "the set is small"),
        data_poisoning_impact=Rated("critical", "pairs change the policy directly"),
        supply_chain_risk=Rated("medium", "depends on where preferences come from"),
        insider_threat_risk=Rated("high", "whoever curates has access"),
        safety_alignment_risk=Rated("critical", "said to undo safety from pre-training"),
        memorization_risk=Rated("moderate", "the pairs themselves"),
        typical_defenses=(
            "Preference data validation",
            "Implicit reward auditing",
            "Beta parameter monitoring",
            "Safety probe evaluation",
        ),
    ),
    PhaseProfile(
        phase=TrainingPhase.DEPLOYMENT_FINE_TUNING,
        data_scale="100-10K examples",
        compute_duration="minutes to hours",
        data_poisoning_difficulty=Rated("very low", "users bring the data"),
        data_poisoning_impact=Rated("critical", "users decide what is in the data"),
        supply_chain_risk=Rated("critical", "users are the supply chain themselves"),
        insider_threat_risk=Rated("N/A", "users operate the run themselves"),
        safety_alignment_risk=Rated("critical", "the attack of Qi et al."),
        memorization_risk=Rated("very high", "a tiny set that may hold personal data"),
        typical_defenses=(
            "Safety evaluation gates",
            "Data content filtering",
            "Learning rate limiting",
            "Parameter-efficient methods (LoRA)",
        ),
    ),
)

# category as printed -> field of the profile; difficulty and insider threat are profiled but never compared
COMPARED_CATEGORIES = {
    "Data Poisoning": "data_poisoning_impact",
    "Supply Chain": "supply_chain_risk",
    "Safety Alignment": "safety_alignment_risk",
    "Memorization": "memorization_risk",
}


def compare_phases(profiles: Iterable[PhaseProfile]) -> dict[str, dict[str, str]]:
    """The printed report as data: category -> phase value -> level (what stands before the parenthesis).

    Defect kept: "Data Poisoning" shows the impact alone, without the difficulty, and insider threat is left
    out. A phase that occurs twice keeps its last profile, since the printed report is turned into a mapping
    here.
    """
    rows = list(profiles)
    return {
        category: {row.phase.value: _short(getattr(row, field)) for row in rows}
        for category, field in COMPARED_CATEGORIES.items()
    }


def _short(rated: Rated) -> str:
    return str(rated).split("(")[0].strip()


def data_scale_range(profile: PhaseProfile) -> tuple[int, int, str]:
    """The printed amount as numbers: ``"10K-1M examples"`` gives ``(10_000, 1_000_000, "examples")``."""
    amounts, unit = profile.data_scale.split(" ", 1)
    low, high = map(_amount, amounts.split("-"))
    return low, high, unit


def _amount(text: str) -> int:
    factors = {"K": 10**3, "M": 10**6, "T": 10**12}
    return int(text[:-1]) * factors[text[-1]] if text[-1] in factors else int(text)
