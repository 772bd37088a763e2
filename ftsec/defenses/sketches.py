"""Small summaries of texts that tell how alike they are, and an index that finds the candidates to compare.

A text's n-grams are numbers spread evenly over 64 bits (`ftsec.defenses.tokens`). Two things are kept of the sorted
numbers, and both come from one sort:

* the `LOWEST` smallest: of a text with no more n-grams that is all of them, and the Jaccard similarity is exact;
  of a longer text it is a random sample (the estimator of bottom-k sketches), with a standard error of at most 0.022;
* the smallest number in each of some equally wide ranges, or where a range is empty the next one: MinHash by one
  permutation with rotation. Rows of these are the bands of locality-sensitive hashing (`broder1997resemblance`).

Candidates are looked up generously and all of them are checked, so that bands decide about speed and not about results.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from ftsec.defenses.tokens import BASE, PIECE, distinct_ngrams, scrambled

LOWEST = 512
MISSED = 0.005  # of the pairs exactly at the threshold, how many share no band
TOP = np.uint64((1 << 64) - 1)


@dataclass(frozen=True)
class Part:
    """The lowest numbers of one part of a document, sorted; `limit` is the largest number that they speak for."""

    lowest: np.ndarray
    limit: np.uint64


@dataclass(frozen=True)
class Sketch:
    """A document's parts by name, and its bands."""

    parts: Mapping[str, Part]
    bands: list[int]


class Banding:
    """How many bands of how many rows: few candidates, and `MISSED` of the pairs that just reach the threshold."""

    def __init__(self, threshold: float) -> None:
        twenty = 1 - MISSED ** (1 / 20)  # what one of twenty bands must catch
        self.rows = max(1, int(math.log(twenty) / math.log(min(threshold, 0.99))))
        self.bands = math.ceil(math.log(MISSED) / math.log(1 - min(threshold, 0.99) ** self.rows))
        count = self.rows * self.bands
        self.edges = np.array([(index << 64) // count for index in range(count)], np.uint64)
        odd = [pow(BASE, power, 1 << 64) for power in range(1, self.rows + 1)]
        self._weights = np.array(odd, np.uint64)
        self._salts = scrambled(np.arange(self.bands, dtype=np.uint64))

    def __call__(self, numbers: np.ndarray) -> list[int]:
        """The bands of sorted numbers."""
        smallest = numbers[np.searchsorted(numbers, self.edges) % len(numbers)]
        rows = smallest.reshape(self.bands, self.rows) * self._weights
        return scrambled(rows.sum(axis=1, dtype=np.uint64) ^ self._salts).tolist()


def sketches(documents: Sequence[Mapping[str, str]], n: int, unit: str, banding: Banding) -> list[Sketch]:
    """The sketch of every document, given as its parts by name."""
    cut = [(index, name, piece) for index, parts in enumerate(documents)
           for name, text in parts.items() for piece in pieces(text)]  # fmt: skip
    found: list[dict[str, np.ndarray]] = [{} for _ in documents]
    for (index, name, _), numbers in zip(cut, distinct_ngrams([piece for *_, piece in cut], n, unit), strict=True):
        known, kept = found[index].get(name), _summary(numbers, banding)
        found[index][name] = kept if known is None else _summary(np.union1d(known, kept), banding)
    return [_sketch(parts, banding) for parts in found]


def similarity(one: Sketch, others: Iterable[Sketch]) -> np.ndarray:
    """The Jaccard similarity of `one` with each of the others: that of the part that is least alike."""
    others = list(others)
    least = np.array([float(other.parts.keys() == one.parts.keys()) for other in others])
    for name, part in one.parts.items():
        rows = np.flatnonzero(least)
        least[rows] = np.minimum(least[rows], _jaccard(part, [others[row].parts[name] for row in rows]))
    return least


def pieces(text: str) -> list[str]:
    """A text in pieces of a bounded length; the two n-grams or so that a cut goes through are not seen."""
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)] or [""]


def _summary(numbers: np.ndarray, banding: Banding) -> np.ndarray:
    """What must be kept of sorted numbers: the lowest, one more to tell that there are more, and each range's first."""
    if len(numbers) <= LOWEST + 1:
        return numbers
    at = np.searchsorted(numbers, banding.edges)
    return np.union1d(numbers[: LOWEST + 1], numbers[at[at < len(numbers)]])


def _sketch(parts: Mapping[str, np.ndarray], banding: Banding) -> Sketch:
    lowest = {name: Part(numbers[:LOWEST].copy(), _limit(numbers)) for name, numbers in parts.items()}
    if len(parts) == 1:
        return Sketch(lowest, banding(*parts.values()))
    salted = [numbers ^ np.uint64(_salt(name)) for name, numbers in parts.items()]
    return Sketch(lowest, banding(np.sort(np.concatenate(salted))))


def _limit(numbers: np.ndarray) -> np.uint64:
    return numbers[LOWEST - 1] if len(numbers) > LOWEST else TOP


def _salt(name: str) -> int:
    """Tells equal n-grams of different parts apart."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def _jaccard(one: Part, others: Sequence[Part]) -> np.ndarray:
    """The Jaccard similarity with each of the others, from the numbers that both sides speak for."""
    if not others:
        return np.empty(0)
    limits = np.minimum(one.limit, np.array([other.limit for other in others], np.uint64))
    lengths = np.array([len(other.lowest) for other in others])
    numbers, borders = np.concatenate([other.lowest for other in others]), np.cumsum(lengths) - lengths
    counted = numbers <= np.repeat(limits, lengths)
    at = np.minimum(np.searchsorted(one.lowest, numbers), len(one.lowest) - 1)
    both = np.add.reduceat(counted & (one.lowest[at] == numbers), borders, dtype=np.int64)
    theirs = np.add.reduceat(counted, borders, dtype=np.int64)
    mine = np.searchsorted(one.lowest, limits, side="right")
    return both / (mine + theirs - both)
