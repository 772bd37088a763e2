"""The experiments, one module each, in folders by question; what is read off their stored frames lies beside them.

A module defines a function that takes a `Setting` and returns a tidy frame, and `EXPERIMENT`, which registers it
(`REPEAT`, where its headline is computed again in other settings; `replications` registers all that are run once more
on bases never used before). A new experiment is a new module in one of the
folders; nothing else has to change.
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
    modules = [import_module(found.name) for found in pkgutil.walk_packages(__path__, f"{__name__}.")]
    registered = [getattr(m, name) for m in modules for name in ("EXPERIMENT", "REPEAT") if hasattr(m, name)]
    registered += [each for m in modules for each in getattr(m, "REPLICATIONS", ())]
    return {each.name: each for each in sorted(registered, key=lambda each: each.name)}


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        InputError: if there is none.
    """
    if name not in experiments():
        raise InputError(f"there is no experiment {name!r}; the experiments are {', '.join(experiments())}")
    return experiments()[name]
