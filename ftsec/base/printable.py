"""Text that a terminal may be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """Without what a terminal would obey: names in files may hold characters that forge or erase lines."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
