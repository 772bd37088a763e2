"""Exact and near-duplicate removal in one pass, by MinHash and locality-sensitive hashing (`broder1997resemblance`).

A document is an exact duplicate if the same was seen before, blanks at its ends apart. It is a near-duplicate if the
share of n-grams of tokens that it has in common with a document that was kept (Jaccard similarity) reaches the
threshold. A conversation has parts (instructions, history, question, answer …), and *every* part must reach it: the
same question with another answer stays, and so does another question under the same long instructions. A part with
fewer tokens than the n-gram must be equal. The first of the duplicates stays.

Memory grows with the documents that are kept, a few kilobytes each, and not with their length (`sketches`).
``benchmarks/deduplication.py`` compares speed, recall and precision with libraries that do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from ftsec.base.errors import InputError
from ftsec.defenses.sketches import Banding, Sketch, similarity, sketches
from ftsec.defenses.tokens import distinct_ngrams
from ftsec.defenses.training_data.copying import copying
from ftsec.defenses.training_data.reader import Row

UNITS = ("words", "characters")
BATCH, BATCH_CHARACTERS = 256, 1 << 18  # documents that are looked at together
EXAMPLES, EXAMPLE_LENGTH = 3, 60
Item = TypeVar("Item")
Parts = Mapping[str, str]
PartsOf = Callable[[Item], Parts | None]
LineOf = Callable[[Item], int]


@dataclass(frozen=True)
class Settings:
    """What counts as a near-duplicate.

    Attributes:
        threshold: Jaccard similarity from which a document is a near-duplicate; 1 removes exact ones only.
        ngram: length of the n-grams.
        unit: ``words``, or ``characters`` for scripts without blanks.
    """

    threshold: float = 0.7
    ngram: int = 3
    unit: str = "words"

    def __post_init__(self) -> None:
        if not 0.1 <= self.threshold <= 1:
            raise InputError(f"threshold must lie between 0.1 and 1, got {self.threshold}")
        if self.ngram < 1:
            raise InputError(f"ngram must be at least 1, got {self.ngram}")
        if self.unit not in UNITS:
            raise InputError(f"unit must be one of {', '.join(UNITS)}, got {self.unit!r}")


@dataclass(frozen=True)
class Duplicate:
    """A document that is removed: its line, the line of the one that stays, ``exact`` or ``near``, similarity."""

    line: int
    duplicate_of: int
    kind: str
    similarity: float


@dataclass
class Result:
    """What one pass found.

    Attributes:
        read_as: what the file was read as.
        n_unreadable: rows that were handed on as they are.
        examples: the first near-duplicates, with the beginning of what was removed.
    """

    read_as: str = ""
    n_documents: int = 0
    n_unreadable: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    examples: list[tuple[Duplicate, str]] = field(default_factory=list)

    def add(self, duplicate: Duplicate, text: str) -> None:
        """Note that a document is removed."""
        self.duplicates.append(duplicate)
        if duplicate.kind == "near" and len(self.examples) < EXAMPLES:
            self.examples.append((duplicate, " ".join(text[: 4 * EXAMPLE_LENGTH].split())[:EXAMPLE_LENGTH]))

    def count(self, kind: str) -> int:
        return sum(d.kind == kind for d in self.duplicates)

    @property
    def n_kept(self) -> int:
        return self.n_documents - len(self.duplicates)


class Deduplicator:
    """Remembers the documents it kept and tells which of the next ones repeat one of them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._banding = Banding(settings.threshold)
        self._exact: dict[bytes, int] = {}
        self._sketches: dict[int, Sketch] = {}
        self._index = _Index()

    def check(self, documents: list[tuple[int, Parts]]) -> list[Duplicate | None]:
        """For each document (its line, its parts) the duplicate that it is, or None; then it is remembered."""
        digests = [_digest(parts) for _, parts in documents]
        first = {digest: index for index, digest in reversed(list(enumerate(digests))) if digest not in self._exact}
        fresh = sorted(first.values()) if self.settings.threshold < 1 else []
        drawn = sketches([documents[i][1] for i in fresh], self.settings.ngram, self.settings.unit, self._banding)
        sketch = dict(zip(fresh, drawn, strict=True))
        return [self._check(documents[i][0], digests[i], sketch.get(i)) for i in range(len(documents))]

    def _check(self, line: int, digest: bytes, sketch: Sketch | None) -> Duplicate | None:
        if digest in self._exact:
            return Duplicate(line, self._exact[digest], "exact", 1.0)
        near = self._nearest(line, sketch) if sketch else None
        self._exact[digest] = near.duplicate_of if near else line  # a copy of a near-duplicate repeats its original
        return near

    def _nearest(self, line: int, sketch: Sketch) -> Duplicate | None:
        least, others = self.settings.threshold, self._index.sharing(sketch.bands)
        alike = ((similarity(sketch, self._sketches[known], least), -known) for known in others)
        most, known = max(alike, default=(0.0, 0))
        if most >= least:
            return Duplicate(line, -known, "near", most)
        self._sketches[line] = sketch
        self._index.add(line, sketch.bands, alone=not others)
        return None


class _Index:
    """Which documents have a band; most bands belong to one document, so only the others have a list."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._others: dict[int, list[int]] = {}

    def sharing(self, bands: list[int]) -> set[int]:
        """The documents that share a band."""
        if self._first.keys().isdisjoint(bands):
            return set()
        found = set(map(self._first.get, bands)) - {None}
        if self._others:
            found.update(line for band in bands for line in self._others.get(band, ()))
        return found

    def add(self, line: int, bands: list[int], alone: bool) -> None:
        """Remember a document; `alone` says that it shares no band with another."""
        if alone:
            self._first.update(dict.fromkeys(bands, line))
            return
        for band in bands:
            if self._first.setdefault(band, line) != line:
                self._others.setdefault(band, []).append(line)


def mark_duplicates(
    items: Iterable[Item], parts_of: PartsOf, line_of: LineOf, settings: Settings
) -> Iterator[tuple[Item, Duplicate | None]]:
    """Every item with the duplicate that it is; items that have no parts are handed on."""
    seen = Deduplicator(settings)
    for batch in _batches(items, parts_of):
        found = iter(seen.check([(line_of(item), parts) for item, parts in batch if parts is not None]))
        for item, parts in batch:
            yield item, None if parts is None else next(found)


def find_duplicates(texts: Iterable[str], settings: Settings | None = None) -> Result:
    """The duplicates among texts; their line is the position, from 1."""
    result = Result()
    numbered = enumerate(texts, 1)
    for (_, text), duplicate in mark_duplicates(numbered, _text_part, _position, settings or Settings()):
        result.n_documents += 1
        if duplicate:
            result.add(duplicate, text)
    return result


def deduplicate_file(
    source: Path, target: Path, settings: Settings | None = None, *, field: str = "", keep_bad: bool = False,
    report: Path | None = None, force: bool = False,
) -> Result:  # fmt: skip
    """Copy `source` to `target` without duplicates; kept rows are copied byte for byte, the input is untouched.

    Args:
        report: takes every removed row as CSV: ``line, duplicate_of, kind, similarity``.

    Raises:
        InputError: see `copying`; then no output appears.
    """
    with copying(source, target, field=field, keep_bad=keep_bad, report=report, force=force) as copy:
        result = Result(copy.data.read_as)
        copy.note("line", "duplicate_of", "kind", "similarity")
        for row, found in mark_duplicates(copy.rows(), row_parts, row_line, settings or Settings()):
            result.n_documents += 1
            result.n_unreadable += row.conversation is None
            if found is None:
                copy.writer.keep(row)
            else:
                result.add(found, row.conversation.text)
                copy.note(found.line, found.duplicate_of, found.kind, f"{found.similarity:.3f}")
    return result


def row_parts(row: Row) -> Parts | None:
    """What a row's copies are told by; None if it cannot be read."""
    return row.conversation.parts if row.conversation else None


def row_line(row: Row) -> int:
    return row.line


def shingles(text: str, settings: Settings) -> set[int]:
    """The n-grams of a text as numbers; of one with fewer tokens the number of the whole."""
    return set(next(distinct_ngrams([text], settings.ngram, settings.unit)).tolist())


def _text_part(numbered: tuple[int, str]) -> Parts:
    return {"answer": numbered[1]}


def _position(numbered: tuple[int, str]) -> int:
    return numbered[0]


def _batches(items: Iterable[Item], parts_of: PartsOf) -> Iterator[list[tuple[Item, Parts | None]]]:
    batch, size = [], 0
    for item in items:
        parts = parts_of(item)
        batch.append((item, parts))
        size += sum(map(len, parts.values())) if parts else 0
        if len(batch) == BATCH or size > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    yield batch


def _digest(parts: Parts) -> bytes:
    found = blake2b(digest_size=16)
    for name, text in parts.items():
        data = text.strip().encode("utf-8", "surrogatepass")
        found.update(f"{name} {len(data)} ".encode() + data)
    return found.digest()
