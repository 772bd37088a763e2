"""What the comparison recommends: pre-training defenses, the decision framework and the key takeaways."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PreTrainingDefense:
    """A defense of the section "Pre-Training Defenses"; the name as printed, the purpose in our words."""

    name: str
    purpose: str


PRE_TRAINING_DEFENSES: tuple[PreTrainingDefense, ...] = (
    PreTrainingDefense(
        "Content filtering",
        "quality, toxicity and perplexity filters, in a row, take unwanted text out before training",
    ),
    PreTrainingDefense(
        "Deduplication",
        "removing equal and nearly equal texts weakens attacks by repetition and limits memorization",
    ),
    PreTrainingDefense(
        "Provenance tracking",
        "a record of source, date and processing lets one look back when a weakness becomes known",
    ),
    PreTrainingDefense(
        "Canary monitoring",
        "known strings put into the data show early whether the model memorizes",
    ),
)


@dataclass(frozen=True)
class Decision:
    """A row of the decision framework, cells as printed."""

    decision_point: str
    pre_training: str
    fine_tuning: str


DECISION_FRAMEWORK: tuple[Decision, ...] = (
    Decision("Data validation", "Statistical sampling at scale", "Example-level inspection"),
    Decision("Compute security", "Long-term access controls", "Session-based access controls"),
    Decision("Safety monitoring", "Canary-based, periodic eval", "Continuous safety probes"),
    Decision("Rollback strategy", "Checkpoint-based", "Version-controlled datasets + checkpoints"),
    Decision("Access control", "Infrastructure team only", "Restrict to authorized personnel"),
    Decision("Data poisoning defense", "Deduplication + filtering at scale", "Content filtering + safety gates"),
    Decision("Post-training validation", "Capability benchmarks", "Safety benchmarks + behavioral testing"),
)


@dataclass(frozen=True)
class Takeaway:
    """A key takeaway; the headline as printed, the advice in our words."""

    headline: str
    advice: str


KEY_TAKEAWAYS: tuple[Takeaway, ...] = (
    Takeaway(
        "Fine-tuning is the weakest link",
        "pre-training uses far more resources, but safety is lost in fine-tuning, so defend that more",
    ),
    Takeaway(
        "Parameter-efficient methods reduce attack surface",
        "LoRA and its relatives change fewer parameters, which limits damage without being a full defense",
    ),
    Takeaway(
        "Continuous safety monitoring is essential",
        "one check does not last; keep checking in both phases, more often and more strictly in fine-tuning",
    ),
    Takeaway(
        "Defense asymmetry requires layered approaches",
        "an attack on any phase can undo safety, so defend every phase; none makes up for a gap in another",
    ),
)
