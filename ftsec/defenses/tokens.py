"""Texts as tokens and n-grams of tokens, each a 64-bit number; computed for many texts at once, not word by word.

A token is a word, or a sign that carries meaning: an operator, a bracket, a currency, an emoji. ``12 + 7`` is not
``12 - 7``, ``C`` not ``C++`` and ``-5`` not ``5``. Marks of a sentence are no tokens (`_reads_as_sign` says when a full
stop, a dash or an exclamation mark is a sign) and capitals do not count: a copy in another layout stays a copy.

A token's number is a polynomial of its characters modulo 2 ** 64, read off running sums; two different tokens share
one by chance only. Longer texts are cut into pieces (`pieces`), so that memory has a bound.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from itertools import product
from typing import NamedTuple

import numpy as np

PIECE = 1 << 18  # characters that are looked at in one go
FEW = 0x3000  # characters of a small table of kinds: alphabets, punctuation, most symbols
BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2 ** 64
BLANK, LETTER, DIGIT, SIGN, STOP, BANG, QUOTE, DASH = KINDS = range(8)
STOPS, BANGS = ".,;:?¿…。、，；：．｡､？", "!¡！"  # marks that end something
QUOTES = "\"'`´‘’‚“”„«»‹›"
WORD_CATEGORIES, BLANK_CATEGORIES = ("L", "M", "Pc"), ("Z", "C")


class Tokens(NamedTuple):
    """The tokens of some texts, in order.

    Attributes:
        starts, ends: where each stands in the texts put one after another, in lower case.
        hashes: the number of each.
        owners: which text each belongs to.
    """

    starts: np.ndarray
    ends: np.ndarray
    hashes: np.ndarray
    owners: np.ndarray


def tokenise(texts: Sequence[str], unit: str = "words") -> Tokens:
    """The tokens of all texts; with the unit ``characters`` every character is one."""
    lowered = [text.lower() for text in texts]
    borders = np.cumsum([0, *map(len, lowered)])
    codes = np.frombuffer("".join(lowered).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    if unit == "characters":
        starts = np.arange(len(codes))
        ends = starts + 1
    else:
        starts, ends = _spans(codes, borders)
    owners = np.searchsorted(borders[1:], starts, side="right")
    return Tokens(starts, ends, _hashed(codes, starts, ends), owners)


def tokens(text: str, unit: str = "words") -> list[str]:
    """The tokens of one text, to read."""
    found, lowered = tokenise([text], unit), text.lower()
    return [lowered[start:end] for start, end in zip(found.starts, found.ends, strict=True)]


def ngrams(found: Tokens, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of all n-grams that lie within one text, and which text each belongs to."""
    if len(found.hashes) < n:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    last = len(found.hashes) - n + 1
    mixed = found.hashes[:last].copy()
    for offset in range(1, n):
        mixed *= np.uint64(BASE)
        mixed += found.hashes[offset : offset + last]
    within = found.owners[:last] == found.owners[n - 1 :]
    return scrambled(mixed[within]), found.owners[:last][within]


def distinct_ngrams(texts: Sequence[str], n: int, unit: str = "words") -> Iterator[np.ndarray]:
    """Each text's n-grams as sorted numbers, a text at a time; of one with fewer tokens a number of all of it."""
    grams, owners = ngrams(tokenise(texts, unit), n)
    ends = np.searchsorted(owners, np.arange(len(texts)), side="right")
    for text, start, end in zip(texts, np.concatenate(([0], ends[:-1])), ends, strict=False):
        yield _distinct(grams[start:end]) if end > start else np.array([exact_number(text)], np.uint64)


def exact_number(text: str) -> int:
    """A number of the text as it stands, blanks around it apart."""
    return int.from_bytes(blake2b(text.strip().encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def scrambled(numbers: np.ndarray) -> np.ndarray:
    """The numbers with all bits mixed (the finaliser of splitmix64), so that their order is as good as random."""
    mixed = numbers ^ (numbers >> np.uint64(30))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """The different numbers, sorted; `numpy.unique` goes by a hash table, which is slower here."""
    ordered = np.sort(numbers)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]


def _spans(codes: np.ndarray, borders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where tokens start and end: words in runs, signs one by one, never across a border of texts."""
    kinds = _kinds_of(codes)
    kinds = _KEPT[_shifted(kinds, 1, borders[:-1]), kinds, _shifted(kinds, -1, borders[1:] - 1)]
    word = np.concatenate(([False], kinds == LETTER, [False]))
    changed = word[1:] != word[:-1]
    changed[borders] |= word[borders] | word[np.minimum(borders + 1, len(word) - 1)]
    starts, ends = changed[:-1] & word[1:-1], changed[1:] & word[1:-1]
    sign = kinds == SIGN
    return np.flatnonzero(starts | sign), np.flatnonzero(ends | sign) + 1


def _shifted(kinds: np.ndarray, by: int, blanks: np.ndarray) -> np.ndarray:
    """The kind of each character's neighbour; beyond the border of a text there is a blank."""
    moved = np.roll(kinds, by)
    moved[blanks[(blanks >= 0) & (blanks < len(moved))]] = BLANK
    return moved


def _hashed(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    powers, inverse = _powers(len(codes))
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(codes * powers, out=sums[1:])
    return scrambled((sums[ends] - sums[starts]) * inverse[starts])


def _powers(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first powers of the base and of its inverse, modulo 2 ** 64."""
    size = 1 << max(16, (count - 1).bit_length())
    powers, inverse = _power_table(size)
    return powers[:count], inverse[:count]


@cache
def _power_table(size: int) -> tuple[np.ndarray, np.ndarray]:
    bases = (1, BASE), (1, pow(BASE, -1, 1 << 64))
    return tuple(np.multiply.accumulate(np.array([one] + [base] * (size - 1), np.uint64)) for one, base in bases)


def _kinds_of(codes: np.ndarray) -> np.ndarray:
    """The kind of each character; those beyond the table (emoji, rare scripts) are few, and looked up one by one."""
    many_beyond = np.count_nonzero(codes >= FEW) > len(codes) // 20  # Chinese or Japanese text
    table = _kind_table(0x10000 if many_beyond else FEW)
    beyond = np.flatnonzero(codes >= len(table))
    kinds = table[np.minimum(codes, len(table) - 1)]
    if len(beyond):
        rare, places = np.unique(codes[beyond], return_inverse=True)
        kinds[beyond] = np.array([_kind(chr(code)) for code in rare], np.uint8)[places]
    return kinds


@cache
def _kind_table(size: int) -> np.ndarray:
    """The kinds of the first so many characters."""
    return np.array([_kind(chr(code)) for code in range(size)], np.uint8)


def _kind(character: str) -> int:
    for marks, kind in ((STOPS, STOP), (BANGS, BANG), (QUOTES, QUOTE)):
        if character in marks:
            return kind
    category = unicodedata.category(character)
    if category.startswith(BLANK_CATEGORIES):
        return BLANK
    if category.startswith(WORD_CATEGORIES):
        return LETTER
    return DIGIT if category.startswith("N") else DASH if category == "Pd" else SIGN


def _reads_as_sign(before: int, mark: int, after: int) -> bool:
    """Whether a mark between two neighbours carries meaning: in ``1.5``, ``.5``, ``-5``, ``a - b``, ``5!``, ``!x``."""
    return {
        STOP: after == DIGIT,
        BANG: before == DIGIT or after in (LETTER, DIGIT, SIGN),
        QUOTE: before == DIGIT,  # feet and inches
        DASH: not before == after == LETTER,
        SIGN: True,
    }.get(mark, False)


def _token_part(before: int, kind: int, after: int) -> int:
    if kind in (LETTER, DIGIT):
        return LETTER
    return SIGN if _reads_as_sign(before, kind, after) else BLANK


_KEPT = np.array([_token_part(*three) for three in product(KINDS, repeat=3)], np.uint8).reshape(8, 8, 8)
