"""Bytes of a file as a stream, unpacked by their content (gzip, Zstandard) and never all at once."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ftsec.base.errors import InputError
from ftsec.defenses.strict import opened

PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "Zstandard"}
FOREIGN = {
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"BZh": "packed with bzip2: unpack it, or pack it with gzip or Zstandard",
    b"\xfd7zXZ": "packed with xz: unpack it, or pack it with gzip or Zstandard",
    b"ARROW1": "an Arrow file: save it as Parquet or JSON lines",
    b"\xff\xfe": "UTF-16, as Windows writes it: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
    b"version https://git-lfs": "a pointer of git-lfs and not the data: run `git lfs pull`",
}
SUFFIXES = {".gz": "gzip", ".zst": "Zstandard", ".zstd": "Zstandard"}
BUFFER = 1 << 20


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[io.BufferedReader, str]]:
    """The unpacked content of a file and how it was packed (empty if it was not).

    Raises:
        InputError: if the file cannot be opened; reading it may raise what `in_one_sentence` catches.
    """
    with opened(path) as file:
        start = file.read(4)
        file.seek(0)
        packing = next((name for magic, name in PACKED.items() if start.startswith(magic)), "")
        yield io.BufferedReader(_unpacking(file, packing), BUFFER), packing


@contextmanager
def packing(file: BinaryIO, target: Path) -> Iterator[BinaryIO]:
    """A stream that packs what is written into `file` as the name of `target` says; the same for the same content."""
    packed = SUFFIXES.get(target.suffix.lower())
    if packed == "gzip":
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as stream:  # no name and no time in it
            yield stream
    elif packed:
        import pyarrow as pa

        with pa.CompressedOutputStream(pa.PythonFile(file, mode="w"), "zstd") as stream:
            yield stream
    else:
        yield file


def inner_suffix(path: Path) -> str:
    """The suffix that tells the form, in lower case: ``.jsonl`` of ``train.JSONL.gz``."""
    inner = Path(path.stem) if path.suffix.lower() in SUFFIXES else path
    return inner.suffix.lower()


@contextmanager
def in_one_sentence(path: Path) -> Iterator[None]:
    """What damaged archives and disks that went away raise, as a sentence."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as bad:
        raise InputError(f"{path}: cannot be read to its end ({' '.join(str(bad).split())})") from None


def _unpacking(file: BinaryIO, packing: str) -> io.RawIOBase:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=file)
    if packing:
        import pyarrow as pa

        return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
    return file
