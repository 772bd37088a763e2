"""Opens training data of any usual form, recognised by its content, and says in one line what it was read as."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.training_data.containers import JsonArray, JsonLines, Raw, Table, TextLines, parsed
from ftsec.defenses.training_data.conversations import Conversation, document
from ftsec.defenses.training_data.formats import Format, kind_of, recognise, text_under
from ftsec.defenses.training_data.streams import FOREIGN, in_one_sentence, inner_suffix, unpacked

JSON_SUFFIXES, TEXT_SUFFIXES, TABLE_SUFFIXES = (
    (".jsonl", ".ndjson", ".json"),
    (".txt", ".text", ".md"),
    (".csv", ".tsv"),
)
BOM = b"\xef\xbb\xbf"
PEEKED = 1 << 16  # bytes that tell the container
LOOKED_AT = 100  # rows among which one must be of a known format
PLAIN = Format("plain text, a document a line", lambda row: True, document, lambda row: "")
KNOWN = "messages, ShareGPT, Alpaca, prompt and completion, preference pairs, KTO, or a text under 'text'"


@dataclass(frozen=True)
class Row:
    """One row of training data.

    Attributes:
        source: how it stands in the file.
        conversation: what it says; None if it cannot be read.
        problem: why not; empty otherwise.
    """

    source: Raw
    conversation: Conversation | None
    problem: str = ""

    @property
    def line(self) -> int:
        return self.source.line


@dataclass
class Data:
    """An open file of training data; it can be gone through once.

    Attributes:
        read_as: format, container and packing, for a person: ``messages in JSON lines, gzip``.
    """

    path: Path
    container: object
    format: Format
    read_as: str
    _raws: Iterable[Raw]

    def __iter__(self) -> Iterator[Row]:
        """The rows, those that cannot be read with their problem.

        Raises:
            InputError: where the file itself cannot be read on, or if it holds no row.
        """
        with _placed(self.path):
            for raw in self._raws:
                yield self._row(raw)

    def _row(self, raw: Raw) -> Row:
        where = f"{self.path}, {'row' if self.container.name == 'Parquet' else 'line'} {raw.line}"
        if raw.problem:
            return Row(raw, None, f"{where}: {raw.problem}")
        try:
            if self.format is not PLAIN and not isinstance(raw.value, dict):
                raise InputError(f"must hold an object, it holds {kind_of(raw.value)}")
            return Row(raw, self.format.read(raw.value))
        except InputError as bad:
            return Row(raw, None, f"{where}: {bad}")


@contextmanager
def open_data(path: Path, field: str = "") -> Iterator[Data]:
    """Open a file of training data.

    Args:
        path: its name decides only where the content leaves it open.
        field: the key of a text, to be taken instead of what the rows look like.

    Raises:
        InputError: if it cannot be read, holds no row, or none of its first rows is of a known format.
    """
    with unpacked(path) as (stream, packing):
        with _placed(path):
            container = _container(stream, path, packing)
            raws = iter(container)
            first = list(islice(raws, LOOKED_AT))
            form = _format(container, first, field)
        said = [form.name] if form is PLAIN else [form.name, f"in {container.name}"]
        yield Data(path, container, form, ", ".join(filter(None, [*said, packing])), chain(first, raws))


def readable(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, up to the first that cannot be read.

    Raises:
        InputError: naming that row.
    """
    for row in rows:
        if row.conversation is None:
            raise InputError(row.problem)
        yield row


def read_texts(path: Path, field: str = "", most: int | None = None) -> list[str]:
    """The texts of a file that fits into memory, or the first `most` of them.

    Raises:
        InputError: see `open_data` and `readable`.
    """
    with open_data(path, field) as data:
        return [row.conversation.text for row in islice(readable(data), most)]


@contextmanager
def _placed(path: Path) -> Iterator[None]:
    """Sentences about a place in the file get the file's name."""
    with in_one_sentence(path):
        try:
            yield
        except InputError as bad:
            told = str(bad)
            place = ", " if told.startswith(("line ", "row ")) else ": "
            raise bad if told.startswith(str(path)) else InputError(f"{path}{place}{told}") from None


def _format(container: object, first: list[Raw], field: str) -> Format:
    if not first:
        raise InputError("holds no document")
    if isinstance(container, TextLines):
        return PLAIN
    if field:
        return text_under(field)
    found = next(filter(None, (recognise(row.value) for row in first)), None)
    if found:
        return found
    problem = next((f"line {row.line}: {row.problem}" for row in first if row.problem), "")
    keys = next((", ".join(map(str, row.value)) for row in first if isinstance(row.value, dict)), "")
    if "input_ids" in keys:
        raise InputError("holds tokens (input_ids) and no text: give the data before it was tokenised")
    raise InputError(problem if not keys else f"line {first[0].line}: needs {KNOWN}; it has {keys or 'no keys'}")


def _container(stream: BufferedReader, path: Path, packing: str) -> object:
    start, suffix = stream.peek(PEEKED)[:PEEKED], inner_suffix(path)
    if foreign := next((what for magic, what in FOREIGN.items() if start.startswith(magic)), ""):
        raise InputError(foreign)
    if start.startswith(b"PAR1"):
        return _parquet(path, packing)
    if suffix == ".parquet":
        raise InputError("not a Parquet file, whatever its name says")
    if b"\0" in start:
        raise InputError("holds zero bytes: neither UTF-8 text nor Parquet")
    head = stream.read(3) if start.startswith(BOM) else b""
    start = start[len(head) :]
    return _text_container(stream, head, start, suffix)


def _parquet(path: Path, packing: str) -> object:
    from ftsec.defenses.training_data.parquet import Parquet  # its library takes a while to load

    if packing:
        raise InputError(f"Parquet inside {packing}: unpack it, Parquet packs its columns itself")
    return Parquet(path)


def _text_container(stream: BufferedReader, head: bytes, start: bytes, suffix: str) -> object:
    opening = start.lstrip()[:1]
    if suffix in TEXT_SUFFIXES and not _known_row(start):
        return TextLines("plain text", TEXT_SUFFIXES, stream, head)
    if opening == b"[":
        return JsonArray(stream, head, bracketed=True)
    if opening == b"{" and _spread(start):
        return JsonArray(stream, head, bracketed=False)
    if opening == b"{" or suffix in JSON_SUFFIXES:
        return JsonLines("JSON lines", JSON_SUFFIXES, stream, head)
    delimiter = _delimiter(start, suffix)
    return Table(stream, head, delimiter) if delimiter else TextLines("plain text", TEXT_SUFFIXES, stream, head)


def _known_row(start: bytes) -> bool:
    """Whether the first line is JSON of a known format."""
    try:
        return recognise(parsed(start.lstrip().split(b"\n", 1)[0].decode())) is not None
    except (InputError, UnicodeDecodeError):
        return False


def _spread(start: bytes) -> bool:
    """Whether the first object goes over several lines."""
    first = start.lstrip().split(b"\n", 1)[0]
    text = start.decode("utf-8", "ignore")
    try:
        json.JSONDecoder().raw_decode(first.decode("utf-8", "ignore").strip())
        return False
    except (ValueError, RecursionError):
        pass
    try:
        return "\n" in text.lstrip()[: json.JSONDecoder().raw_decode(text.lstrip())[1]]
    except (ValueError, RecursionError):
        return first.strip() == b"{"


def _delimiter(start: bytes, suffix: str) -> str:
    """What separates the cells of a table; empty if the file is none."""
    header = start.split(b"\n", 1)[0].decode("utf-8", "ignore").strip()
    for delimiter in (",", "\t", ";"):
        cells = [cell.strip('" ') for cell in header.split(delimiter)]
        if len(cells) > 1 and recognise(dict.fromkeys(cells, "")):
            return delimiter
    return {".csv": ",", ".tsv": "\t"}.get(suffix, "")
