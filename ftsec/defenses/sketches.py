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
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from ftsec.defenses.tokens import BASE, PIECE, distinct_ngrams, scrambled

LOWEST = 512
MISSED = 0.005  # of the pairs exactly at the threshold, how many share no band
BANDS = 20  # about as many, as long as one row is enough for each
TOP = (1 << 64) - 1


class Part(NamedTuple):
    """The lowest numbers of one part of a document, sorted; `limit` is the largest number that they speak for."""

    lowest: np.ndarray
    limit: int


class Sketch(NamedTuple):
    """A document's parts by name, and its bands."""

    parts: dict[str, Part]
    bands: list[int]


class Banding:
    """How many bands of how many rows: few candidates, and `MISSED` of the pairs that just reach the threshold."""

    def __init__(self, threshold: float) -> None:
        one_of_many = 1 - MISSED ** (1 / BANDS)  # what one band must catch
        self.rows = max(1, int(math.log(one_of_many) / math.log(min(threshold, 0.99))))
        self.bands = math.ceil(math.log(MISSED) / math.log(1 - min(threshold, 0.99) ** self.rows))
        count = self.rows * self.bands
        self.edges = np.array([(index << 64) // count for index in range(count)], np.uint64)
        self._weights = np.array([pow(BASE, power, 1 << 64) for power in range(1, self.rows + 1)], np.uint64)
        self._salts = scrambled(np.arange(self.bands, dtype=np.uint64))

    def banded(self, documents: Sequence[np.ndarray]) -> list[list[int]]:
        """The bands of every document, given as its sorted numbers."""
        if not documents:
            return []
        rows = self._smallest(documents).reshape(len(documents), self.bands, self.rows) * self._weights
        return scrambled(rows.sum(axis=2, dtype=np.uint64) ^ self._salts).tolist()

    def _smallest(self, documents: Sequence[np.ndarray]) -> np.ndarray:
        """The smallest number of each document in each range; where a range is empty, that of the next.

        All are looked up at once: numbers give up their last bits for that of their document.
        """
        bits = np.uint64(len(documents).bit_length())
        owners = np.arange(len(documents), dtype=np.uint64) << (64 - bits)
        lengths = np.array([len(numbers) for numbers in documents])
        ends = lengths.cumsum()
        numbers = np.concatenate(documents)
        ordered = numbers >> bits
        ordered |= owners.repeat(lengths)
        at = ordered.searchsorted(owners[:, None] | (self.edges >> bits))
        return numbers[np.where(at < ends[:, None], at, (ends - lengths)[:, None])]


def sketches(documents: Sequence[Mapping[str, str]], n: int, unit: str, banding: Banding) -> list[Sketch]:
    """The sketch of every document, given as its parts by name."""
    found: list[dict[str, np.ndarray]] = [{} for _ in documents]
    for batch in _batches(documents):
        numbers = distinct_ngrams([piece for *_, piece in batch], n, unit)
        for (index, name, _), distinct in zip(batch, numbers, strict=True):
            known, kept = found[index].get(name), _summary(distinct, banding)
            found[index][name] = kept if known is None else _summary(np.union1d(known, kept), banding)
    bands = banding.banded([_pooled(parts) for parts in found])
    lowest = ({name: Part(numbers[:LOWEST].copy(), _limit(numbers)) for name, numbers in ps.items()} for ps in found)
    return list(map(Sketch, lowest, bands))


def similarity(one: Sketch, other: Sketch, least: float) -> float:
    """The Jaccard similarity of two documents: that of the part that is least alike; 0 if surely below `least`."""
    if one.parts.keys() != other.parts.keys():
        return 0.0
    return min([_jaccard(part, other.parts[name], least) for name, part in one.parts.items()])


def pieces(text: str) -> Iterator[str]:
    """A text in pieces of a bounded length; the two n-grams or so that a cut goes through are not seen."""
    return (text[at : at + PIECE] for at in range(0, max(1, len(text)), PIECE))


def _batches(documents: Sequence[Mapping[str, str]]) -> Iterator[list[tuple[int, str, str]]]:
    """Pieces with the index of their document and the name of their part, as many as are cut into n-grams at once."""
    batch, size = [], 0
    for index, parts in enumerate(documents):
        for name, text in parts.items():
            for piece in pieces(text):
                if batch and size + len(piece) > PIECE:
                    yield batch
                    batch, size = [], 0
                batch.append((index, name, piece))
                size += len(piece)
    if batch:
        yield batch


def _summary(numbers: np.ndarray, banding: Banding) -> np.ndarray:
    """What must be kept of sorted numbers: the lowest, one more to tell that there are more, and each range's first."""
    if len(numbers) <= LOWEST + 1:
        return numbers
    at = np.searchsorted(numbers, banding.edges)
    return np.union1d(numbers[: LOWEST + 1], numbers[at[at < len(numbers)]])


def _pooled(parts: Mapping[str, np.ndarray]) -> np.ndarray:
    """The numbers of all parts, sorted, equal n-grams of different parts told apart."""
    if len(parts) == 1:
        return next(iter(parts.values()))
    pooled = np.concatenate([numbers ^ _salt(name) for name, numbers in parts.items()])
    pooled.sort()
    return pooled


def _limit(numbers: np.ndarray) -> int:
    return int(numbers[LOWEST - 1]) if len(numbers) > LOWEST else TOP


@cache
def _salt(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little"))


def _jaccard(one: Part, other: Part, least: float) -> float:
    """The Jaccard similarity of two parts, from the numbers that both speak for; 0 if it is surely below `least`."""
    mine, theirs = one.lowest, other.lowest
    if one.limit != other.limit:
        mine, theirs = (_up_to(part.lowest, min(one.limit, other.limit)) for part in (one, other))
    elif one.limit == TOP and not least * len(theirs) <= len(mine) <= len(theirs) / least:
        return 0.0  # the smaller holds too little of the larger
    joined = np.concatenate((mine, theirs))
    joined.sort(kind="stable")  # two sorted runs are merged
    both = int(np.count_nonzero(joined[1:] == joined[:-1]))
    return both / (len(joined) - both)


def _up_to(numbers: np.ndarray, limit: int) -> np.ndarray:
    return numbers[: numbers.searchsorted(np.uint64(limit), side="right")]
