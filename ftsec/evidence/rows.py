"""The measurements table as plain Python, for whoever runs without pandas; `tables` reads it as a checked frame."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"
_NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
_PRINTED = re.compile(rf"(?P<bound>[<>]?)(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))?")


def measurement_rows() -> Iterator[dict[str, str]]:
    """Every published figure as its row stands in the file."""
    with (DATA / "measurements.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def number(cell: str) -> float:
    """A cell's number, NaN where it is empty."""
    return float(cell) if cell else math.nan


def n_steps(row: dict[str, str]) -> float:
    """The reported number of optimiser steps, or what examples, batch and epochs make."""
    steps = number(row["n_steps"])
    derived = number(row["n_examples"]) / number(row["batch_size"])
    if math.isnan(steps) and not math.isnan(derived):
        return math.ceil(derived) * number(row["epochs"])
    return steps


def parse(printed: str, top: float = math.inf) -> tuple[float, float, float]:
    """Value, low and high of a printed number: ``"3"``, ``"3-6"``, ``">5"`` (up to `top`); NaN where it is not one."""
    match = _PRINTED.fullmatch(printed)
    if not match:
        return (math.nan, math.nan, math.nan)
    low = float(match["low"])
    if match["high"]:
        return (math.nan, low, float(match["high"]))
    if match["bound"]:
        return (math.nan, 0.0, low) if match["bound"] == "<" else (math.nan, low, top)
    return (low, low, low)
