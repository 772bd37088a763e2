"""ftsec: the measured book of training-phase security."""

from ftsec.record import record

__version__ = "0.1.0"
__all__ = ["__version__", "record"]
