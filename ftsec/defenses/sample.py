"""The sample corpus that ships with the package, and how copies of a text are edited.

`scripts/make_sample_corpus.py` generated it from our own patterns, so it is free of rights (CC0 1.0) and its ground
truth is known: which documents are copies, which are edited and how, which only look alike, where the canaries are.
"""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ftsec.defenses.canaries import DIGITS, Canary
from ftsec.defenses.training_data import read_texts

if TYPE_CHECKING:
    import pandas as pd

DATA = Path(__file__).with_name("data")
SEED = 20260
CANARY_COPIES = (1, 2, 4, 8, 16, 32)
CANARY_PREFIXES = (
    "The locker number noted on the inside cover is ",
    "The catalogue stamp on the last page reads ",
    "The parcel was filed under reference ",
    "The clock in the reading room carries the serial number ",
)
# sentences that fit any text; near-duplicates gain one of them
ADDITIONS = (
    "An earlier version of this entry gave another date.",
    "The spelling of the name has varied between editions.",
    "Further details are found in the parish records.",
    "A short film about it was shown at the regional museum.",
    "The photographs in the archive are not dated.",
    "A reader from the coast has kindly supplied this note.",
)


class Pen:
    """Draws words; two pens with the same seed write the same text."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed).random

    def below(self, limit: int) -> int:
        return int(self.draw() * limit)

    def pick(self, items):
        return items[self.below(len(items))]

    def some(self, items, count: int) -> list:
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def secret(self) -> str:
        """Nine digits in groups of three."""
        return " ".join("".join(self.pick(DIGITS) for _ in range(3)) for _ in range(3))


def sample_canaries(seed: int = SEED) -> list[Canary]:
    """Two canaries for each number of copies: the first stands inside different documents, the second is a
    whole document that is repeated."""
    pen = Pen(seed + 1)
    copies = [count for count in CANARY_COPIES for _ in range(2)]
    return [
        Canary(f"canary-{i:02d}", CANARY_PREFIXES[i % len(CANARY_PREFIXES)], pen.secret(), count)
        for i, count in enumerate(copies)
    ]


# How a near-duplicate differs from its original, from least to most


def _layout(pen: Pen, text: str) -> str:
    return re.sub(r"[.,;]", " ", text).upper().replace(" ", "  ")


def _words(share: float):
    def edit(pen: Pen, text: str) -> str:
        words = text.split(" ")
        for index in pen.some(range(len(words)), max(1, round(share * len(words)))):
            words[index] = pen.pick(("likely", "perhaps", "former", "local", "roughly", "nearby", "modern"))
        return " ".join(words)

    return edit


def _add(pen: Pen, text: str) -> str:
    return f"{text} {pen.pick(ADDITIONS)}"


def _drop(pen: Pen, text: str) -> str:
    sentences = text.split(". ")
    if len(sentences) < 3:
        return text
    del sentences[1 + pen.below(len(sentences) - 2)]
    return ". ".join(sentences)


def _reorder(pen: Pen, text: str) -> str:
    sentences = text.rstrip(".").split(". ")
    return ". ".join(pen.some(sentences, len(sentences))) + "."


def _half(pen: Pen, text: str) -> str:
    sentences = text.rstrip(".").split(". ")
    fresh = [sentence.rstrip(".") for sentence in pen.pick(_foreign()).split(". ")]
    half = len(sentences) // 2
    return ". ".join(sentences[:half] + fresh[: len(sentences) - half]) + "."


@cache
def _foreign() -> list[str]:
    """Texts of the sample, which lend sentences to another text."""
    return read_texts(corpus_path())


EDITS = {
    "layout": _layout,  # capitals, no punctuation, double blanks
    "words 2 %": _words(0.02),
    "sentence added": _add,
    "words 5 %": _words(0.05),
    "sentence dropped": _drop,
    "order": _reorder,
    "words 10 %": _words(0.10),
    "half replaced": _half,
}


def corpus_path() -> Path:
    """The sample corpus that ships with the package."""
    return DATA / "sample_corpus.jsonl"


def truth_path() -> Path:
    """The ground truth of the sample corpus."""
    return DATA / "sample_truth.csv"


def load_truth() -> pd.DataFrame:
    """The truth as a table, one row a document in the order of the corpus: ``id, role, source, edit, expected``."""
    import pandas as pd  # the tools of the command line do without

    return pd.read_csv(truth_path(), keep_default_na=False)
