"""Directions between two groups of vectors, and how well they tell the groups apart; plain numbers, no network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def difference(vectors: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Mean of the vectors that belong to the first group minus mean of the others: (..., n, width) -> (..., width)."""
    return vectors[..., first, :].mean(-2) - vectors[..., ~first, :].mean(-2)


def auc(scores: np.ndarray, first: np.ndarray) -> float:
    """How often a member of the first group scores higher than one of the others; ties count half."""
    a, b = scores[first][:, None], scores[~first][None]
    return float(np.mean((a > b) + 0.5 * (a == b)))


def either_way(scores: np.ndarray, first: np.ndarray) -> float:
    """The same whichever group is called the first: at least a half."""
    found = auc(scores, first)
    return max(found, 1 - found)


def gap(scores: np.ndarray, first: np.ndarray) -> float:
    """Distance of the two means in standard deviations within the groups."""
    a, b = scores[first], scores[~first]
    within = np.sqrt((a.var() * len(a) + b.var() * len(b)) / max(len(scores) - 2, 1))
    return float((a.mean() - b.mean()) / max(within, 1e-9))


def share(vector: np.ndarray, direction: np.ndarray) -> float:
    """How much of a direction a vector holds: 1 for the direction itself, 0 for anything across it."""
    return float(vector @ direction / max(direction @ direction, 1e-12))


def of_length(vector: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The vector, as long as another one."""
    return vector * (np.linalg.norm(like) / max(np.linalg.norm(vector), 1e-12))


def by_chance(rng: np.random.Generator, draw: Callable[[np.random.Generator], float], n: int = 20) -> float:
    """Mean of a number under so many meaningless draws."""
    return float(np.mean([draw(rng) for _ in range(n)]))
