"""A level as the article prints it, with the reason it gives in parentheses in a field of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rated:
    """A printed level and why.

    Attributes:
        level: the short level as printed, for example ``"very high"``.
        reason: what the article gives in parentheses or after a dash, in our words; empty where it gives
            nothing.
    """

    level: str
    reason: str = ""

    def __str__(self) -> str:
        """The cell in the form in which the article stores it: ``level (reason)``."""
        return f"{self.level} ({self.reason})" if self.reason else self.level
