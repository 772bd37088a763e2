"""Reading what others wrote: JSON without surprises, sizes with a bound, output whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ftsec.base.errors import InputError
from ftsec.base.files import replacing
from ftsec.defenses.outputs import no_dash

MEBIBYTE = 1 << 20
MAX_JSON_BYTES = 256 * MEBIBYTE
MAX_LINE_BYTES = 64 * MEBIBYTE
# what JSON of so many parts takes in memory, roughly and at the least favourable: bytes a part
PART_BYTES, MAX_PARSED_BYTES = 72, 700_000_000
BOM = b"\xef\xbb\xbf"


def strict_json(
    text: str | bytes, where: str, kind: type | tuple[type, ...] = dict, most: int = MAX_PARSED_BYTES
) -> object:
    """Parse JSON; refuse duplicate keys (two readers could see two files), bad UTF-8 and absurd nesting.

    Args:
        text: the JSON.
        where: names the file or line in the error.
        kind: what the outermost value must be, by default an object.
        most: bytes of memory that it may take.

    Raises:
        InputError: with one sentence that names `where`.
    """
    _check_size(text, where, most)
    try:
        value = json.loads(text, object_pairs_hook=unique_keys)
    except _DuplicateKey as twice:
        raise InputError(f"{where}: {twice}") from None
    except UnicodeDecodeError as bad:
        raise InputError(f"{where}: not valid UTF-8 (byte {bad.start})") from None
    except RecursionError:
        raise InputError(f"{where}: the JSON is nested too deeply to be read") from None
    except ValueError as bad:
        raise InputError(f"{where}: not valid JSON ({bad})") from None
    if not isinstance(value, kind):
        names = {dict: "an object", list: "a list"}
        raise InputError(f"{where}: must hold {names.get(kind, 'an object or a list')}, got {_article(value)}")
    return value


def read_bytes(path: Path, limit: int = MAX_JSON_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes."""
    with opened(path) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise InputError(f"{path}: larger than the {limit // MEBIBYTE} MiB that are read from such a file")
    return content


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; what cannot be opened, or vanishes, is told in one sentence."""
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: not a file")  # a directory, or a pipe that would never end
    try:
        stream = path.open("rb")
    except OSError as bad:
        raise InputError(f"{path}: cannot be read ({bad.strerror})") from None
    with stream:
        yield stream


@contextmanager
def written_whole(path: Path, force: bool = False) -> Iterator[BinaryIO]:
    """A file that appears under `path` complete when the block ends, and not at all when it fails.

    Raises:
        InputError: if the file exists and `force` is not set, or its directory cannot be written.
    """
    no_dash(path)
    if path.exists() and not force:
        raise InputError(f"{path}: exists already and is left alone; name another file, or use --force")
    with replacing(path) as temporary, temporary.open("wb") as stream:
        yield stream


def json_lines(path: Path, limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, dict]]:
    """The objects of a JSON Lines file with their line numbers, one at a time; blank lines are none.

    Raises:
        InputError: at a line that is no object, is longer than `limit`, or if there is no line at all.
    """
    found = False
    with opened(path) as stream:
        number = 0
        while line := stream.readline(limit + 1):
            number += 1
            if len(line) > limit:
                raise InputError(f"{path}, line {number}: longer than {limit // MEBIBYTE} MiB")
            line = line.removeprefix(BOM) if number == 1 else line
            if line.strip():
                found = True
                yield number, strict_json(line, f"{path}, line {number}")
    if not found:
        raise InputError(f"{path}: empty")


def _check_size(text: str | bytes, where: str, most: int) -> None:
    # a file of brackets and commas takes far more memory than bytes: count before it is parsed
    marks = (b",", b"[", b"{") if isinstance(text, bytes) else (",", "[", "{")
    parts = sum(text.count(mark) * weight for mark, weight in zip(marks, (1, 1, 3), strict=True))
    copies = 3 if text.isascii() else 9  # one character beyond U+FFFF makes all of a text four bytes wide
    if len(text) * copies + parts * PART_BYTES > most:
        raise InputError(f"{where}: too large to be read at once ({len(text) / MEBIBYTE:.0f} MiB of JSON)")


class _DuplicateKey(ValueError):
    pass


def unique_keys(pairs: list[tuple[str, object]]) -> dict:
    """An object's pairs as a dict; for `json`, which by itself takes the last of two equal keys."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in found if names.count(key) > 1)
        raise _DuplicateKey(f"the key {twice!r} appears twice in one object")
    return found


def _article(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
