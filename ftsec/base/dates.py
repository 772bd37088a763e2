"""Times as a reader writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def date(day: datetime) -> str:
    """A day in full: 2 January 2026."""
    return f"{day.day} {day:%B %Y}"


def moment(time: str) -> str:
    """A time in ISO 8601 with its offset, in full and in UTC: 2 January 2026, 03:04 UTC."""
    here = datetime.fromisoformat(time).astimezone(UTC)
    return f"{date(here)}, {here:%H:%M} UTC"
