"""The one place from which this room takes the project's exception."""

from ftsec.errors import InputError

__all__ = ["InputError"]
