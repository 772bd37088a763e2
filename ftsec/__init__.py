"""ftsec: the measured book of training-phase security."""

from importlib import import_module

from ftsec.base.record import record

__version__ = "0.1.0"
TAUGHT = {"check": "check", "predict": "predictions", "reveal": "predictions"}  # name: module of ftsec.teaching
__all__ = ["__version__", "check", "predict", "record", "reveal"]


def __getattr__(name: str) -> object:
    """What learners use is found by name when it is asked for: chapters do not depend on how they are taught."""
    if name in TAUGHT:
        return getattr(import_module(f"ftsec.teaching.{TAUGHT[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
