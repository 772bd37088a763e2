"""One module per question. Each defines a function that returns a tidy frame, and `EXPERIMENT`, which registers it.

A new experiment is a new module in this directory; nothing else has to change.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ftsec.base.errors import InputError
from ftsec.testbed.experiments.common import Experiment, Setting

__all__ = ["Experiment", "Setting", "experiment", "experiments"]


@cache
def experiments() -> dict[str, Experiment]:
    """All registered experiments by name, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return {m.EXPERIMENT.name: m.EXPERIMENT for m in modules if hasattr(m, "EXPERIMENT")}


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        InputError: if there is none.
    """
    if name not in experiments():
        raise InputError(f"there is no experiment {name!r}; the experiments are {', '.join(experiments())}")
    return experiments()[name]
