"""Words and signs that several parts of the book use for the same thing."""

from __future__ import annotations

VERDICTS = ("supported", "partly", "contradicted", "not found")  # on a claim
WEAK_MARK = "‡"  # beside a number that was read in notes, second hand or only remembered
