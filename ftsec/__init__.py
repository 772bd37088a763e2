"""ftsec: the measured book of training-phase security."""

from importlib import import_module

from ftsec.record import record

__version__ = "0.1.0"
__all__ = ["__version__", "check", "record"]


def __getattr__(name: str) -> object:
    """`check` is found by name when it is asked for: chapters do not depend on how they are taught."""
    if name == "check":
        return import_module("ftsec.teaching.check").check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
