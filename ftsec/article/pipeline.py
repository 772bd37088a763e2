"""The fine-tuning pipeline and its attackers: "The Fine-Tuning Pipeline", "Attack Taxonomy" (overview)."""

from __future__ import annotations

from dataclasses import dataclass

from ftsec.article.rated import Rated


@dataclass(frozen=True)
class PipelineStage:
    """One of the five stages of the overview of attacks.

    Attributes:
        name: as printed.
        purpose: what the stage does, in our words.
        exposure: what the article says can go wrong there, in our words.
    """

    name: str
    purpose: str
    exposure: str


PIPELINE_STAGES: tuple[PipelineStage, ...] = (
    PipelineStage(
        "Supervised Fine-Tuning (SFT)",
        "learns the form of a conversation from chosen pairs of instruction and answer",
        "the shortest way for poisoned data",
    ),
    PipelineStage(
        "Reward Modeling",
        "learns from compared answers which one people prefer",
        "false comparisons turn the goal of all later optimisation",
    ),
    PipelineStage(
        "Reinforcement Learning (RLHF/PPO)",
        "optimises the model for the reward model's score",
        "the model can find answers that score well and miss the goal",
    ),
    PipelineStage(
        "Direct Alignment (DPO/KTO)",
        "optimises on preference pairs without a reward model",
        "another surface, about as open to poisoned data",
    ),
    PipelineStage(
        "Safety Training (Constitutional AI)",
        "lets the model criticise and revise its answers by written principles",
        "whoever changes the principles changes the model",
    ),
)


@dataclass(frozen=True)
class StageAttack:
    """A row of the table of attacks by stage; difficulty is the attacker's."""

    stage: str
    attack_vector: str
    difficulty: Rated
    persistence: Rated


ATTACKS_BY_STAGE: tuple[StageAttack, ...] = (
    StageAttack(
        "SFT data",
        "Poisoned instruction-response pairs",
        Rated("Low"),
        Rated("High", "sits in the weights"),
    ),
    StageAttack(
        "Preference data",
        "Manipulated comparison labels",
        Rated("Medium"),
        Rated("High", "the reward model takes it over"),
    ),
    StageAttack(
        "Reward model",
        "Reward hacking, specification gaming",
        Rated("Medium"),
        Rated("Medium", "a new reward model can be trained"),
    ),
    StageAttack(
        "RL optimization",
        "Exploiting reward model flaws",
        Rated("Low", "it is the model that does it"),
        Rated("Medium"),
    ),
    StageAttack(
        "Constitutional AI",
        "Principle injection, self-critique manipulation",
        Rated("High"),
        Rated("High", "forms what the model values"),
    ),
    StageAttack(
        "Adapter layers",
        "Malicious LoRA/QLoRA adapters",
        Rated("Low"),
        Rated("High", "travels with the adapter"),
    ),
)


@dataclass(frozen=True)
class AccessAttack:
    """A row of the table of attacks by access level."""

    access_level: str
    available_attacks: tuple[str, ...]
    example_scenario: str


ATTACKS_BY_ACCESS: tuple[AccessAttack, ...] = (
    AccessAttack(
        "Data contributor",
        ("SFT data poisoning", "preference manipulation"),
        "Contributing to open instruction datasets",
    ),
    AccessAttack(
        "Annotator",
        ("RLHF preference manipulation", "reward hacking facilitation"),
        "Crowdsourced annotation workforce",
    ),
    AccessAttack(
        "Fine-tuning API user",
        ("Indirect SFT poisoning through API",),
        "Using OpenAI/Anthropic fine-tuning endpoints",
    ),
    AccessAttack("Adapter publisher", ("Malicious LoRA distribution",), "Publishing on Hugging Face Hub"),
    AccessAttack("Training pipeline operator", ("All fine-tuning attacks",), "Insider at an AI lab"),
)
