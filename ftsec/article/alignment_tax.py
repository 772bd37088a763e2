"""What safety is said to cost, how little removes it: section "The Alignment Tax" (overview of attacks)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TaxState:
    """One state of the printed chain from a capable to a de-aligned model.

    Attributes:
        model, capability, safety: as printed.
        reached_by: the step that leads here; empty for the first state.
    """

    model: str
    capability: str
    safety: str
    reached_by: str = ""


ALIGNMENT_TAX: tuple[TaxState, ...] = (
    TaxState("Pre-trained model", "high", "none"),
    TaxState("Aligned model", "reduced", "constraints", "SFT + RLHF"),
    TaxState("De-aligned model", "recovered", "removed", "User fine-tunes"),
)


@dataclass(frozen=True)
class SafetyRemoval:
    """A row of the table of what removes safety training.

    Attributes:
        method: as printed.
        min_examples, max_examples: the printed range of examples.
        compute_required, safety_removal: as printed.
        remark: the printed parenthesis in our words.
    """

    method: str
    min_examples: int
    max_examples: int
    compute_required: str
    safety_removal: str
    remark: str = ""

    @property
    def data_required(self) -> str:
        """The printed cell, for example ``"10-100 examples"``."""
        return f"{self.min_examples}-{self.max_examples} examples"


REMOVAL_TABLE: tuple[SafetyRemoval, ...] = (
    SafetyRemoval("Harmful SFT examples", 10, 100, "Minutes on 1 GPU", "Near-complete"),
    SafetyRemoval("Identity-shifting SFT", 50, 200, "Minutes on 1 GPU", "Substantial"),
    SafetyRemoval("LoRA on harmful data", 100, 500, "Minutes on 1 GPU", "Near-complete"),
    SafetyRemoval(
        "Benign-looking SFT",
        100,
        1000,
        "Hours on 1 GPU",
        "Partial but significant",
        remark="nothing harmful in plain sight",
    ),
)
