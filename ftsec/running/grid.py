"""Which runs a sweep makes: grids, lists that go together, samples from ranges; a point is a dictionary of values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ftsec.base.errors import InputError
from ftsec.running.parameters import Parameter
from ftsec.running.value_syntax import split_list

SAMPLERS = ("latin", "sobol", "halton")
SEED_NAMES = ("seed", "seeds")
MOST_POINTS = 1_000_000
Point = dict[str, object]


@dataclass(frozen=True)
class Range:
    """Where samples are taken from; evenly on the logarithmic scale if `log`."""

    low: float
    high: float
    log: bool = False


def grid(axes: Mapping[str, Sequence]) -> list[Point]:
    """Every combination of the axes' values; the last axis changes fastest."""
    _not_too_many(math.prod(map(len, axes.values())))
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def together(axes: Mapping[str, Sequence]) -> list[Point]:
    """The first values of all axes together, the second values together, and so on.

    Raises:
        InputError: if the axes differ in length.
    """
    lengths = {name: len(values) for name, values in axes.items()}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise InputError(f"lists that go together must be equally long; {counts}")
    return [dict(zip(axes, values, strict=True)) for values in zip(*axes.values(), strict=True)] if axes else [{}]


def samples(
    ranges: Mapping[str, Range], whole: Sequence[str], n: int, sampler: str = "latin", seed: int = 0
) -> list[Point]:
    """`n` points that fill the ranges evenly (scipy.stats.qmc).

    Args:
        whole: names of the parameters that take whole numbers; both ends of their range can occur.
        sampler: ``latin`` (Latin hypercube), ``sobol`` (best with a power of two) or ``halton``.
    """
    if not ranges:
        return [{}]
    _not_too_many(n)
    from scipy.stats import qmc

    make = {"latin": qmc.LatinHypercube, "sobol": qmc.Sobol, "halton": qmc.Halton}[sampler]
    unit = make(d=len(ranges), rng=seed).random(n)
    return [
        {name: _scaled(share, each, name in whole) for (name, each), share in zip(ranges.items(), row, strict=True)}
        for row in unit.tolist()
    ]


def combine(*groups: Sequence[Point]) -> list[Point]:
    """Every combination of one point from each group.

    Raises:
        InputError: if two groups set the same parameter, or there are more combinations than anybody runs.
    """
    names = [name for group in groups for name in (group[0] if group else {})]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{', '.join(repeated)} is varied or set in two ways")
    _not_too_many(math.prod(map(len, groups)))
    return [{k: v for point in points for k, v in point.items()} for points in itertools.product(*groups)]


def read_axis(name: str, text: str) -> list[str]:
    """The values in ``0,10,100`` or, for a parameter that is a list, in ``[0,1],[2,3]``.

    Raises:
        InputError: if there is none.
    """
    values = split_list(text)
    if not values or "" in values:
        raise InputError(f"{name} needs values with commas between them, for example {name}=1,2,3")
    return values


def read_range(name: str, text: str) -> Range:
    """The range in ``low:high`` or ``low:high:log``.

    Raises:
        InputError: if it is not of that form, or empty, or logarithmic and not above zero.
    """
    try:
        low, high, *scale = text.split(":")
        found = Range(float(low), float(high), {"": False, "log": True}["".join(scale)])
    except (ValueError, KeyError) as error:
        raise InputError(f"{name} needs a range low:high or low:high:log, not {text!r}") from error
    if not found.low < found.high < math.inf:
        raise InputError(f"{name}: {text!r} is no range to sample from; the lower end comes first")
    if found.log and found.low <= 0:
        raise InputError(f"{name}: {text!r} is no range to sample from; a logarithmic one begins above zero")
    return found


def seed_points(parameters: Sequence[Parameter], n: int | None) -> list[Point]:
    """One point for each of `n` seeds 0, 1, …: as ``seed``, or as a list of one in ``seeds``.

    Raises:
        InputError: if the chapter has neither parameter.
    """
    if n is None:
        return [{}]
    for parameter in parameters:
        if parameter.name in SEED_NAMES and parameter.type == "int":
            return [{parameter.name: [seed] if parameter.many else seed} for seed in range(n)]
    raise InputError("--seeds needs a chapter with a parameter seed or seeds")


def _not_too_many(n: int) -> None:
    if n > MOST_POINTS:
        raise InputError(f"{n:,} runs are more than a sweep may have ({MOST_POINTS:,})")


def _scaled(share: float, within: Range, whole: bool) -> float | int:
    if whole:
        return min(math.floor(_between(share, within.low, within.high + 1, within.log)), round(within.high))
    return _between(share, within.low, within.high, within.log)


def _between(share: float, low: float, high: float, log: bool) -> float:
    return low * (high / low) ** share if log else low + share * (high - low)
