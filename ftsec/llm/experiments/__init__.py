"""One module per question: a function from a bench and a seed to rows, `EXPERIMENT`, and the readings of its frame.

A new experiment is a new module in this directory; nothing else has to change.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ftsec.base.errors import InputError
from ftsec.llm.experiments.common import Experiment

__all__ = ["Experiment", "experiment", "experiments"]


@cache
def experiments() -> dict[str, Experiment]:
    """All registered experiments by name, in the order in which a report computes them."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = [import_module(f"{__name__}.{name}") for name in names]
    found = [module.EXPERIMENT for module in modules if hasattr(module, "EXPERIMENT")]
    return {experiment.name: experiment for experiment in sorted(found, key=lambda e: (e.place, e.name))}


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        InputError: if there is none.
    """
    if name not in experiments():
        raise InputError(f"there is no experiment {name!r}; the experiments are {', '.join(experiments())}")
    return experiments()[name]
