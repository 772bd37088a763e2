"""Figures of what the testbed measured."""

from ftsec.figures.testbed import (
    answers,
    curves,
    defenses,
    fragility,
    memorisation,
    poisoned_documents,
    preferences,
    providers,
    stages,
    training,
)

__all__ = [
    "answers", "curves", "defenses", "fragility", "memorisation", "poisoned_documents", "preferences", "providers",
    "stages", "training",
]  # fmt: skip
