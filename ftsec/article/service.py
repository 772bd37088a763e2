"""Risks of fine-tuning as a service and the defenses named beside them (overview of attacks)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceRisk:
    """A risk of a fine-tuning service; the name as printed, the description in our words."""

    name: str
    description: str


SERVICE_RISKS: tuple[ServiceRisk, ...] = (
    ServiceRisk("Data poisoning through API", "a customer uploads training data that plants a trigger"),
    ServiceRisk("Safety removal through API", "a customer uploads training data that wears safety away"),
    ServiceRisk("Cross-tenant contamination", "weak isolation lets one customer's run reach another's model"),
    ServiceRisk("Insufficient data filtering", "well-made poison passes the provider's filters"),
    ServiceRisk("Evaluation gaps", "a tuned model goes live with too few safety tests"),
    ServiceRisk("Adapter reuse", "poison spreads where adapter parts are cached or shared between customers"),
)


@dataclass(frozen=True)
class DefenseStrategy:
    """A defense strategy; the name as printed, the measures in our words."""

    name: str
    measures: str


DEFENSE_STRATEGIES: tuple[DefenseStrategy, ...] = (
    DefenseStrategy(
        "Data quality gates",
        "machines and people review data first: known attacks, odd instructions, missing safety content",
    ),
    DefenseStrategy(
        "Safety evaluation after fine-tuning",
        "a full safety benchmark follows every run; large losses against the base model are flagged",
    ),
    DefenseStrategy(
        "Adapter provenance tracking",
        "an adapter's origin, data and behaviour are verified before loading; unknown ones are foreign code",
    ),
    DefenseStrategy(
        "Fine-tuning access control",
        "few people may tune production models, runs are approved, submitted data are audited",
    ),
)
