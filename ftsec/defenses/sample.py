"""The sample corpus: made-up encyclopaedia entries, 0.4 MB, with known duplicates and canaries.

The text is generated from our own patterns, so it is free of rights (CC0 1.0) and its ground truth is known:
which documents are copies, which are edited copies and how they were edited, which only look alike, and where
the canaries are. `make_sample` makes the same bytes on every machine: it draws from ``random.Random.random``
alone, the one stream whose values Python promises not to change.

``python -m ftsec.defenses.sample DIRECTORY`` writes both files again.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ftsec.defenses.canaries import DIGITS, Canary
from ftsec.defenses.sample_text import ADDITIONS, CANARY_PREFIXES, ENDINGS, MIDDLES, OPENINGS, PATTERNS, SLOTS

DATA = Path(__file__).with_name("data")
SEED = 20260
N_ENTRIES = 560
N_PER_EDIT = 12  # near-duplicates of each kind in EDITS
N_EXACT = 30
N_SIBLINGS = 40  # same wording, other facts: they look alike and are not duplicates
CANARY_COPIES = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Entry:
    """One document of the sample with its truth.

    Attributes:
        text: sentences separated by blanks.
        role: ``entry``, ``exact``, ``near``, ``sibling`` or ``canary``.
        source: index of the entry it was made from among the originals, None for an original.
        edit: how it was edited (a name of `EDITS`), or the canary's name.
    """

    text: str
    role: str = "entry"
    source: int | None = None
    edit: str = ""


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

    def name(self) -> str:
        middle = self.pick(MIDDLES) if self.draw() < 0.6 else ""
        return self.pick(OPENINGS) + middle + self.pick(ENDINGS)

    def secret(self) -> str:
        """Nine digits in groups of three."""
        return " ".join("".join(self.pick(DIGITS) for _ in range(3)) for _ in range(3))

    def word(self, slot: str) -> str:
        if slot in SLOTS:
            return self.pick(SLOTS[slot])
        return {
            "other": self.name,
            "year": lambda: str(1180 + self.below(760)),
            "number": lambda: str(120 + self.below(9000)),
            "small": lambda: str(3 + self.below(27)),
        }[slot]()

    def fill(self, pattern: str, name: str) -> str:
        text = re.sub(r"\{(\w+)\}", lambda m: name if m[1] == "name" else self.word(m[1]), pattern)
        return text[0].upper() + text[1:]


def make_sample(seed: int = SEED) -> list[Entry]:
    """The documents of the sample, in the order of the file; the same for the same seed, bit for bit."""
    pen = Pen(seed)
    entries, siblings = _entries(pen)
    copies = [replace(entries[i], role="exact", source=i) for i in pen.some(range(len(entries)), N_EXACT)]
    near = [
        Entry(edit(pen, entries[i].text), "near", i, name)
        for name, edit in EDITS.items()
        for i in pen.some(range(len(entries)), N_PER_EDIT)
    ]
    canaries = [text for canary in sample_canaries(seed) for text in canary_documents(pen, canary)]
    rest = pen.some(copies + near + siblings + canaries, sys.maxsize)
    # originals keep their order and come first, so a copy is always the later document
    return entries + rest


def sample_canaries(seed: int = SEED) -> list[Canary]:
    """Two canaries for each number of copies: the first stands inside different documents, the second is a
    whole document that is repeated."""
    pen = Pen(seed + 1)
    copies = [count for count in CANARY_COPIES for _ in range(2)]
    return [
        Canary(f"canary-{i:02d}", CANARY_PREFIXES[i % len(CANARY_PREFIXES)], pen.secret(), count)
        for i, count in enumerate(copies)
    ]


def _entries(pen: Pen) -> tuple[list[Entry], list[Entry]]:
    entries, siblings = [], []
    kinds = list(PATTERNS)
    for index in range(N_ENTRIES):
        kind = kinds[index % len(kinds)]
        patterns = [pen.pick(wordings) for wordings in PATTERNS[kind]]
        name = pen.name()
        entries.append(Entry(" ".join(pen.fill(pattern, name) for pattern in patterns)))
        if index < N_SIBLINGS:
            other = pen.name()
            text = " ".join(pen.fill(pattern, other) for pattern in patterns)
            siblings.append(Entry(text, "sibling", index))
    return entries, siblings


def canary_documents(pen: Pen, canary: Canary) -> list[Entry]:
    if int(canary.name.split("-")[1]) % 2:  # odd: the whole document is repeated
        text = f"A note found in the reading room. {canary.text}."
        return [Entry(text, "canary", None, canary.name)] * canary.copies
    hosts = []
    for _ in range(canary.copies):
        kind, name = pen.pick(list(PATTERNS)), pen.name()
        sentences = [pen.fill(pen.pick(wordings), name) for wordings in PATTERNS[kind]]
        sentences.insert(1 + pen.below(len(sentences) - 1), canary.text + ".")
        hosts.append(Entry(" ".join(sentences), "canary", None, canary.name))
    return hosts


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
    kept = sentences[: len(sentences) // 2]
    kind, name = pen.pick(list(PATTERNS)), pen.name()
    fresh = [pen.fill(pen.pick(wordings), name).rstrip(".") for wordings in PATTERNS[kind]]
    return ". ".join(kept + fresh[len(kept) :]) + "."


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


# The two files


def corpus_bytes(entries: list[Entry]) -> bytes:
    """The corpus as JSON Lines, one ``{"id": …, "text": …}`` a line."""
    lines = [json.dumps({"id": document_id(i), "text": e.text}) for i, e in enumerate(entries)]
    return ("\n".join(lines) + "\n").encode()


def truth_bytes(entries: list[Entry]) -> bytes:
    """The truth as CSV: ``id, role, source, edit, expected``; see `_expected`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("id", "role", "source", "edit", "expected"))
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        source = "" if entry.source is None else document_id(entry.source)
        writer.writerow((document_id(index), entry.role, source, entry.edit, _expected(entry, seen)))
        seen.add(entry.text)
    return buffer.getvalue().encode()


def _expected(entry: Entry, seen: set[str]) -> str:
    """``remove`` a copy, ``keep`` the first of its kind, ``either`` where a person could argue for both."""
    if entry.edit == "half replaced":
        return "either"
    return "remove" if entry.role == "near" or entry.text in seen else "keep"


def document_id(index: int) -> str:
    return f"d{index:04d}"


def corpus_path() -> Path:
    """The sample corpus that ships with the package."""
    return DATA / "sample_corpus.jsonl"


def truth_path() -> Path:
    """The ground truth of the sample corpus."""
    return DATA / "sample_truth.csv"


def load_truth() -> pd.DataFrame:
    """The truth as a table, one row a document in the order of the corpus: ``id, role, source, edit, expected``."""
    return pd.read_csv(truth_path(), keep_default_na=False)


def write_sample(directory: Path) -> None:
    entries = make_sample()
    (directory / corpus_path().name).write_bytes(corpus_bytes(entries))
    (directory / truth_path().name).write_bytes(truth_bytes(entries))


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
