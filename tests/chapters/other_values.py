"""Values that readers may give a chapter: each parameter alone at its bounds, and seeded combinations of all."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator

from ftsec.running.parameters import Parameter, Parameters

FAR = 1000.0  # times the default, where there is no bound
CLOSE = 1e-9  # share of the range beside a bound that is excluded
TRIES = 1000


def alone(parameters: Parameters) -> Iterator[dict]:
    """Each parameter at each of its extremes, the others at their defaults, or moved along where a rule asks."""
    for parameter in parameters:
        for value in extremes(parameter):
            moved = [{}, *({other.name: extreme} for other in parameters for extreme in extremes(other))]
            points = ({**more, parameter.name: value} for more in moved)
            point = next((each for each in points if not parameters.broken_rule(each)), None)
            if point is not None and point[parameter.name] != parameter.default:
                yield point


def combinations(parameters: Parameters, n: int, seed: int) -> list[dict]:
    """So many points at which every parameter has a value of its own, all allowed and the same each time."""
    chance = random.Random(seed)
    drawn = ({each.name: any_value(each, chance) for each in parameters if not each.path} for _ in range(TRIES))
    return list(itertools.islice((each for each in drawn if not parameters.broken_rule(each)), n))


def extremes(parameter: Parameter) -> list:
    """The choices, both truth values, or both ends; nothing for texts, whose values are names of the reader's own."""
    if parameter.choices or parameter.type == "bool":
        return list(parameter.choices or (True, False))
    if not parameter.bounds:
        return []
    low, high = ends(parameter)
    return [low, high]


def any_value(parameter: Parameter, chance: random.Random) -> object:
    """An extreme, the default, or anything between; evenly on the logarithmic scale where the range is wide."""
    known = [*extremes(parameter), parameter.default]
    if not parameter.bounds or chance.random() < 0.5:
        return chance.choice(known)
    low, high = ends(parameter)
    wide = low > 0 and high > 100 * low
    value = low * (high / low) ** chance.random() if wide else chance.uniform(low, high)
    return round(value) if parameter.type == "int" else value


def ends(parameter: Parameter) -> tuple[float, float]:
    """The least and the largest value that is allowed and that anybody would type."""
    bounds = parameter.bounds
    low, high = bounds.low, bounds.high if math.isfinite(bounds.high) else FAR * max(parameter.default, 1)
    if parameter.type == "int":
        return int(low) + bounds.low_open, int(high) - bounds.high_open
    step = CLOSE * (high - low)
    return low + step * bounds.low_open, high - step * bounds.high_open
