"""All that is read off stored frames, by question; the readings themselves lie beside their experiments."""

from ftsec.testbed.experiments.attacks import readings as attacks
from ftsec.testbed.experiments.backdoors import readings as backdoors
from ftsec.testbed.experiments.defenses import readings as defenses
from ftsec.testbed.experiments.memorisation import readings as memorisation
from ftsec.testbed.experiments.preferences import readings as preferences
from ftsec.testbed.experiments.training import readings as training

__all__ = ["attacks", "backdoors", "defenses", "memorisation", "preferences", "training"]
