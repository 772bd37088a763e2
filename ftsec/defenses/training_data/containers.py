"""The files that hold rows: JSON lines, a JSON array or objects one after another, CSV, plain text, a document a line.

A container knows its rows' values *and* the bytes between and around them, so that what is kept can be written back as
it stood: line ends, indents, blank lines and byte order mark included. Parquet is in `parquet`.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from ftsec.base.errors import InputError
from ftsec.defenses.strict import MEBIBYTE, strict_json, unique_keys

MAX_ROW_BYTES = 64 * MEBIBYTE
MAX_BLANK_BYTES = MEBIBYTE
LARGE_ROW_BYTES, MAX_PARTS = 4 * MEBIBYTE, 1_000_000  # a long text is fine, a million objects in one row are not
READ = MEBIBYTE
BLANKS = re.compile(r"[ \t\r\n]*")


class Raw(NamedTuple):
    """One row as it stands in its file.

    Attributes:
        line: where it begins, from 1; in Parquet the number of the row.
        before: the bytes between the row before and this one.
        raw: the row itself with its line end (in Parquet where it is found).
        value: the parsed row; None with a `problem` that says why there is none.
    """

    line: int
    before: bytes
    raw: object
    value: object = None
    problem: str = ""


class Lines:
    """One row a line."""

    separated = False  # whether `before` separates rows, so that the first one that is written goes without
    tail = b""

    def __init__(self, name: str, suffixes: tuple[str, ...], stream: BinaryIO, head: bytes) -> None:
        self.name, self.suffixes, self._stream, self.head = name, suffixes, stream, head

    def __iter__(self) -> Iterator[Raw]:
        number, blank = 0, b""
        while line := self._stream.readline(MAX_ROW_BYTES + 1):
            number += 1
            if len(line) > MAX_ROW_BYTES:
                raise InputError(f"line {number}: longer than {MAX_ROW_BYTES} bytes, the most that is read at once")
            if line.strip():
                yield Raw(number, blank, line, *self._parsed(line))
                blank = b""
            elif len(blank := blank + line) > MAX_BLANK_BYTES:
                raise InputError(f"line {number}: more than {MAX_BLANK_BYTES} bytes of blank lines before it")
        self.tail = blank

    def _parsed(self, line: bytes) -> tuple[object, str]:
        try:
            return self._value(line), ""
        except InputError as bad:
            return None, str(bad)


class TextLines(Lines):
    """Plain text: every line is a document."""

    def _value(self, raw: bytes) -> str:
        return _decoded(raw.rstrip(b"\r\n"))

    def encoded(self, value: str, row: Raw) -> bytes:
        return value.encode() + _line_end(row.raw)


class JsonLines(Lines):
    """JSON lines: every line is an object."""

    def _value(self, raw: bytes) -> dict:
        _refuse_masses(raw)
        return parsed(_decoded(raw))

    def encoded(self, value: object, row: Raw) -> bytes:
        return dumped(value) + _line_end(row.raw)


class JsonArray:
    """A JSON array of objects, or objects one after another over several lines."""

    suffixes = (".json",)

    def __init__(self, stream: BinaryIO, head: bytes, bracketed: bool) -> None:
        self.name = "a JSON array" if bracketed else "JSON over several lines"
        self.separated, self.tail, self.head = True, b"", head
        self._stream, self._decode = stream, codecs.getincrementaldecoder("utf-8")().decode
        self._decoder = json.JSONDecoder(object_pairs_hook=unique_keys)
        self._text, self._at, self._ended, self._line = "", 0, False, 1
        self._bracketed = bracketed
        if bracketed:
            self.head += self._skip("[").encode()
        self.head += self._skip("").encode()

    def __iter__(self) -> Iterator[Raw]:
        before = ""
        while not self._at_end():
            line, value, raw = self._line, *self._element()
            problem = "" if isinstance(value, dict) else "must hold an object"
            yield Raw(line, before.encode(), raw.encode(), value, problem)
            before = self._skip("")
            if self._bracketed and not self._at_end():
                before += self._skip(",") + self._skip("")
                if self._at_end():
                    raise InputError(f"line {self._line}: not valid JSON (an element is missing after a comma)")
        self.tail = (before + self._rest()).encode()

    def encoded(self, value: object, row: Raw) -> bytes:
        return dumped(value)

    def _at_end(self) -> bool:
        if self._at == len(self._text):
            self._fill()
        return self._text[self._at : self._at + 1] == ("]" if self._bracketed else "")

    def _rest(self) -> str:
        """What closes the file."""
        if not self._bracketed:
            return ""
        closing = self._skip("]") + self._skip("")
        if self._at < len(self._text):
            raise InputError(f"line {self._line}: not valid JSON (something follows the array)")
        return closing

    def _skip(self, mark: str) -> str:
        """Pass a mark, or blanks if none is given; what was passed."""
        if mark:
            if self._at == len(self._text):
                self._fill()
            if self._text[self._at : self._at + 1] != mark:
                raise InputError(f"line {self._line}: not valid JSON (expecting {mark!r})")
            return self._take(self._at + 1)
        passed = self._take(BLANKS.match(self._text, self._at).end())
        while self._at == len(self._text) and self._fill():
            passed += self._take(BLANKS.match(self._text, self._at).end())
            if len(passed) > MAX_BLANK_BYTES:
                raise InputError(f"line {self._line}: more than {MAX_BLANK_BYTES} blank bytes before it")
        return passed

    def _element(self) -> tuple[object, str]:
        """The next value and its text; more of the file is read until it is whole."""
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                if end < len(self._text) or not self._fill():
                    return value, self._take(end)
            except RecursionError:
                raise InputError(f"line {self._line}: the JSON is nested too deeply to be read") from None
            except ValueError as bad:
                cut = getattr(bad, "pos", 0) > len(self._text) - 16 or "Unterminated" in str(bad)
                if not cut or not self._fill():
                    raise InputError(f"line {self._line}: not valid JSON ({getattr(bad, 'msg', bad)})") from None

    def _fill(self) -> bool:
        """Read on; False at the end of the file."""
        held = self._text[self._at :]
        if self._ended:
            return False
        if len(held) > MAX_ROW_BYTES:
            raise InputError(f"line {self._line}: longer than {MAX_ROW_BYTES} bytes, the most that is read at once")
        new = self._stream.read(max(READ, len(held)))
        self._ended = not new
        try:
            self._text, self._at = held + self._decode(new, self._ended), 0
        except UnicodeDecodeError:
            raise InputError(f"after line {self._line}: not valid UTF-8") from None
        _refuse_masses(self._text.encode() if len(self._text) > LARGE_ROW_BYTES else b"")
        return not self._ended

    def _take(self, end: int) -> str:
        taken = self._text[self._at : end]
        self._line += taken.count("\n")
        self._at = end
        return taken


class Table:
    """CSV with a header; lists of turns stand in a cell as JSON."""

    separated, tail, suffixes = False, b"", (".csv", ".tsv")

    def __init__(self, stream: BinaryIO, head: bytes, delimiter: str) -> None:
        self.name = "CSV" if delimiter == "," else f"CSV with {'tabs' if delimiter == chr(9) else delimiter!r}"
        self._delimiter, self._passed = delimiter, []
        csv.field_size_limit(MAX_ROW_BYTES)
        self._reader = csv.reader(self._lines(stream), delimiter=delimiter, strict=True)
        self.columns = next(self._rows(), (1, []))[1]
        self.head = head + self._taken()
        if len(set(self.columns)) < len(self.columns):
            raise InputError("line 1: two columns have the same name")

    def __iter__(self) -> Iterator[Raw]:
        for line, cells in self._rows():
            raw, value, problem = self._taken(), None, ""
            if len(cells) == len(self.columns):
                value = {name: _cell(cell) for name, cell in zip(self.columns, cells, strict=True)}
            else:
                problem = f"has {len(cells)} cells, the header has {len(self.columns)}"
            if cells:
                yield Raw(line, b"", raw, value, problem)

    def encoded(self, value: dict, row: Raw) -> bytes:
        text = io.StringIO()
        cells = [cell if isinstance(cell, str) else dumped(cell).decode() for cell in value.values()]
        csv.writer(text, delimiter=self._delimiter, lineterminator="").writerow(cells)
        return text.getvalue().encode() + _line_end(row.raw)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            line = self._reader.line_num + 1
            try:
                yield line, next(self._reader)
            except StopIteration:
                return
            except csv.Error as bad:
                raise InputError(f"line {line}: not valid CSV ({bad})") from None

    def _lines(self, stream: BinaryIO) -> Iterator[str]:
        size = 0
        while line := stream.readline(MAX_ROW_BYTES + 1):
            size = len(line) + (size if self._passed else 0)
            if size > MAX_ROW_BYTES:
                raise InputError(f"longer than {MAX_ROW_BYTES} bytes in one row, the most that is read at once")
            self._passed.append(line)
            yield _decoded(line)

    def _taken(self) -> bytes:
        taken = b"".join(self._passed)
        self._passed.clear()
        return taken


def parsed(text: str) -> dict:
    """An object; problems are told without naming the place, which the reader adds."""
    try:
        return strict_json(text, "")
    except InputError as bad:
        raise InputError(str(bad).removeprefix(": ")) from None


def dumped(value: object) -> bytes:
    """JSON as people write it; what UTF-8 cannot hold stays escaped."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise InputError(f"not valid UTF-8 (byte {bad.start + 1} of the line)") from None


def _cell(text: str) -> object:
    if text[:1] in "[{" and text[-1:] in "]}":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return {"True": True, "False": False, "true": True, "false": False}.get(text, text)


def _line_end(raw: bytes) -> bytes:
    return raw[len(raw.rstrip(b"\r\n")) :]


def _refuse_masses(raw: bytes) -> None:
    """A few megabytes can unfold to gigabytes of empty objects: a row is a text, not a database."""
    if len(raw) > LARGE_ROW_BYTES and any(raw.count(mark) > MAX_PARTS for mark in (b"{", b"[", b'":', b'",')):
        raise InputError(f"more than {MAX_PARTS:,} objects, keys or texts in one row")
