"""Write the sample corpus of `ftsec.defenses.sample` and its truth: encyclopaedia entries of a made-up country, 0.4 MB.

`make_sample` makes the same bytes on every machine: it draws from ``random.Random.random`` alone, the one stream whose
values Python promises not to change. All was written for this project and is given to the public (CC0 1.0).

`.venv/bin/python -m scripts.make_sample_corpus [DIRECTORY]`
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ftsec.defenses import sample
from ftsec.defenses.canaries import Canary
from ftsec.defenses.sample import DATA, SEED, Pen, corpus_path, sample_canaries, truth_path
from scripts.sample_patterns import ENDINGS, MIDDLES, OPENINGS, PATTERNS, SLOTS

N_ENTRIES = 560
N_PER_EDIT = 12  # near-duplicates of each kind in EDITS
N_EXACT = 30
N_SIBLINGS = 40  # same wording, other facts: they look alike and are not duplicates


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


class Writer(Pen):
    """A pen that also makes up names and fills patterns."""

    def name(self) -> str:
        middle = self.pick(MIDDLES) if self.draw() < 0.6 else ""
        return self.pick(OPENINGS) + middle + self.pick(ENDINGS)

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
    pen = Writer(seed)
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


def _entries(pen: Writer) -> tuple[list[Entry], list[Entry]]:
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


def canary_documents(pen: Writer, canary: Canary) -> list[Entry]:
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


def _half(pen: Writer, text: str) -> str:
    sentences = text.rstrip(".").split(". ")
    kept = sentences[: len(sentences) // 2]
    kind, name = pen.pick(list(PATTERNS)), pen.name()
    fresh = [pen.fill(pen.pick(wordings), name).rstrip(".") for wordings in PATTERNS[kind]]
    return ". ".join(kept + fresh[len(kept) :]) + "."


EDITS = {**sample.EDITS, "half replaced": _half}


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


def write_sample(directory: Path) -> None:
    """Write both files."""
    entries = make_sample()
    (directory / corpus_path().name).write_bytes(corpus_bytes(entries))
    (directory / truth_path().name).write_bytes(truth_bytes(entries))


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
