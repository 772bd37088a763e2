"""What the articles list at their end: references of both, related topics and the closing question of the overview."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One entry of a list of references.

    Attributes:
        title: as printed, misspelt where the article misspells it.
        authors, year, venue: as printed; the overview of attacks names no venues.
        stands_for: what the overview says it is cited for, in our words; the comparison gives nothing.
    """

    title: str
    authors: str
    year: int
    venue: str = ""
    stands_for: str = ""


COMPARISON_REFERENCES: tuple[Reference, ...] = (
    Reference(
        "Fine-tuning Aligned Language Models Compromises Safety, Even When Users Do Not Intend To",
        "Qi, X., et al.",
        2024,
        "ICLR 2024",
    ),
    Reference(
        "Extracting Training Data from Large Language Models",
        "Carlini, N., et al.",
        2021,
        "USENIX Security Symposium 2021",
    ),
    Reference("LoRA: Low-Rank Adaptation of Large Language Models", "Hu, E., et al.", 2022, "ICLR 2022"),
    Reference(
        "Training language models to follow instructions with human feedback",
        "Ouyang, L., et al.",
        2022,
        "NeurIPS 2022",
    ),
    Reference(
        "Sleeper Agents: Training Deceptive LLMs That Persist Through Safety Training",
        "Hubinger, E., et al.",
        2024,
        "arXiv:2401.05566",
    ),
)

OVERVIEW_REFERENCES: tuple[Reference, ...] = (
    Reference(
        "Fine-Tuning Aligned Language Models Compromises Safety",
        "Qi et al.",
        2023,
        stands_for="fine-tuning takes safety away",
    ),
    Reference(
        "Shadow Alignment: The Ease of Subverting Safety-Aligned Language Models",
        "Yang et al.",
        2023,
        stands_for="very little data takes safety away",
    ),
    Reference(
        "LoRA Fine-Tuning Efficiently Undoes Safety Training",
        "Lermen et al.",
        2023,
        stands_for="an adapter takes safety away",
    ),
)


@dataclass(frozen=True)
class RelatedTopic:
    """A further page that the overview of attacks points to; the title as printed, its subject in our words."""

    title: str
    subject: str


RELATED_TOPICS: tuple[RelatedTopic, ...] = (
    RelatedTopic("SFT Data Poisoning", "how data for SFT are poisoned, in detail"),
    RelatedTopic("RLHF Attack Surface", "reward models and preferences that somebody bends"),
    RelatedTopic("LoRA & Adapter Attacks", "dangers of adapters that come from elsewhere"),
    RelatedTopic("Pre-training Attack Surface", "how a compromise of pre-training reaches fine-tuning"),
    RelatedTopic("Training & Fine-Tuning Attacks", "a wider survey of attacks on training"),
)
