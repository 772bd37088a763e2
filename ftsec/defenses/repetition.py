"""Gopher's rules on repetition within a document: Rae et al. 2021, Table A1 (`rae2021scaling`).

All shares are of the document's characters, unless they count lines or paragraphs. What repeats is counted from its
second occurrence on, and a character in two repeated n-grams once.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

MAX_REPEATED = {"lines": 0.30, "paragraphs": 0.30}  # share of them
MAX_REPEATED_CHARACTERS = {"lines": 0.20, "paragraphs": 0.20}
MAX_TOP_NGRAM = {2: 0.20, 3: 0.18, 4: 0.16}  # in the most frequent n-gram
MAX_REPEATED_NGRAMS = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.10}  # in all n-grams that repeat
PARAGRAPH = re.compile(r"\n{2,}")


def repetition_problem(text: str, words: Sequence[str]) -> str:
    """Why the rules on repetition would drop the document, empty if they would not."""
    pieces = {"lines": re.split(r"\n+", text.strip()), "paragraphs": PARAGRAPH.split(text.strip())}
    for name, found in pieces.items():
        if _repeated_share(found) > MAX_REPEATED[name]:
            return f"gopher: repeated {name}"
        if _repeated_characters(found) > MAX_REPEATED_CHARACTERS[name] * len(text):
            return f"gopher: characters in repeated {name}"
    for n, most in MAX_TOP_NGRAM.items():
        if _top_ngram(words, n) > most * len(text):
            return f"gopher: a repeated phrase of {n} words"
    for n, most in MAX_REPEATED_NGRAMS.items():
        if _repeated_ngrams(words, n) > most * len(text):
            return f"gopher: repeated phrases of {n} words"
    return ""


def _repeated_share(pieces: Sequence[str]) -> float:
    return 1 - len(set(pieces)) / len(pieces)


def _repeated_characters(pieces: Sequence[str]) -> int:
    return sum((count - 1) * len(piece) for piece, count in Counter(pieces).items())


def _top_ngram(words: Sequence[str], n: int) -> int:
    """Characters, blanks between words included, in the most frequent n-gram, of several the longest; 0 if none is."""
    grams = Counter(zip(*(words[offset:] for offset in range(n)), strict=False))
    held = ((count, sum(map(len, gram)) + n - 1) for gram, count in grams.items() if count > 1)
    return math.prod(max(held, default=(0, 0)))


def _repeated_ngrams(words: Sequence[str], n: int) -> int:
    """Characters of words in n-grams that stood in the document before, read from left to right without overlap."""
    seen, repeated, at = set(), 0, 0
    grams = list(zip(*(words[offset:] for offset in range(n)), strict=False))
    while at < len(grams):
        if grams[at] in seen:
            repeated += sum(map(len, grams[at]))
            at += n
        else:
            seen.add(grams[at])
            at += 1
    return repeated
