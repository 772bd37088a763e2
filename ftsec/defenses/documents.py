"""Documents in files, one a line: JSON Lines or plain text, compressed or not, read as a stream and never trusted."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ftsec.base.errors import InputError
from ftsec.defenses.strict import MEBIBYTE, opened, strict_json, written_whole

JSON_SUFFIXES = (".jsonl", ".ndjson")
TEXT_SUFFIXES = (".txt", ".text")
MAX_LINE_BYTES = 64 * MEBIBYTE


@dataclass(frozen=True)
class Document:
    """One line of a file.

    Attributes:
        line: its number, from 1.
        raw: the line as it stands in the file, without the line end.
        text: the document's text; None if the line could not be read.
        problem: why it could not be read; empty otherwise.
    """

    line: int
    raw: bytes
    text: str | None
    problem: str = ""


def read_documents(
    path: Path, field: str = "text", keep_bad: bool = False, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[Document]:
    """The documents of a ``.jsonl``, ``.ndjson`` or ``.txt`` file (also ``.gz``); blank lines are no documents.

    Args:
        path: the file; its name says how it is read.
        field: the key of the text in a JSON line.
        keep_bad: hand on lines that cannot be read, with their problem, instead of stopping at the first.
        max_line_bytes: a longer line always stops, since it could be the whole memory.

    Raises:
        InputError: at a line that cannot be read, naming it; or if the file holds no document at all.
    """
    parse = _parser(path, field)
    found = False
    for number, raw in _lines(path, max_line_bytes):
        if not raw.strip():
            continue
        found = True
        where = f"{path}, line {number}"
        try:
            yield Document(number, raw, parse(raw, where))
        except InputError as problem:
            if not keep_bad:
                raise
            yield Document(number, raw, None, str(problem))
    if not found:
        raise InputError(f"{path}: holds no document")


def read_texts(path: Path, field: str = "text") -> list[str]:
    """All texts of a file that fits into memory."""
    return [document.text for document in read_documents(path, field)]


@contextmanager
def line_writer(path: Path, source: Path | None = None, force: bool = False) -> Iterator[BinaryIO]:
    """A file for lines that appears whole or not at all; compressed if its name ends in ``.gz``.

    Raises:
        InputError: if it would replace `source`, the file that is being read.
    """
    if source is not None and path.exists() and path.samefile(source):
        raise InputError(f"{path}: is the input itself; name another file for the output")
    with written_whole(path, force) as stream:
        if path.suffix != ".gz":
            yield stream
            return
        with gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as packed:  # no name, no time: same in, same out
            yield packed


def _parser(path: Path, field: str):
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if suffix in JSON_SUFFIXES:
        return lambda raw, where: _json_text(raw, where, field)
    if suffix in TEXT_SUFFIXES:
        return _plain_text
    allowed = ", ".join((*JSON_SUFFIXES, *TEXT_SUFFIXES))
    raise InputError(f"{path}: the name must end in one of {allowed} (also with .gz)")


def _json_text(raw: bytes, where: str, field: str) -> str:
    record = strict_json(_plain_text(raw, where), where)
    text = record.get(field)
    if not isinstance(text, str):
        there = f"there is {str(text)[:40]}" if field in record else f"it has {', '.join(record) or 'no keys'}"
        raise InputError(f"{where}: the object needs a text under {field!r}; {there}")
    return text


def _plain_text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise InputError(f"{where}: not valid UTF-8 (byte {bad.start + 1} of the line)") from None


def _lines(path: Path, limit: int) -> Iterator[tuple[int, bytes]]:
    with opened(path) as file:
        stream = io.BufferedReader(gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file
        number = 0
        try:
            while line := stream.readline(limit + 1):
                number += 1
                if len(line) > limit and not line.endswith(b"\n"):
                    raise InputError(f"{path}, line {number}: longer than {limit} bytes, the most that is read at once")
                yield number, line.rstrip(b"\r\n")
        except (OSError, EOFError) as bad:  # a truncated or damaged .gz, a disk that went away
            raise InputError(f"{path}: cannot be read after line {number} ({bad})") from None
