"""Files are written whole or not at all, and only when they change."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ftsec.base.errors import InputError


def write_atomic(path: Path, content: bytes | str | Callable[[Path], object]) -> None:
    """Write a file so that a reader never sees half of it; folders above it are made.

    Args:
        content: bytes, text (as UTF-8), or a function that fills the file it is given.

    Raises:
        InputError: if the folder cannot be written to or the disk is full; nothing is left behind.
    """
    with _in_one_sentence(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, _in_one_sentence(path):
        if callable(content):
            content(temporary)
        else:
            temporary.write_bytes(_as_bytes(content))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new, empty file beside `path` that takes its place when the block ends, and is removed if the block fails.

    Its name ends as that of `path`, since some libraries go by it; who may read it is decided by the umask.

    Raises:
        InputError: if the folder cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part{path.suffix}")
    with _in_one_sentence(path):
        temporary.touch(exist_ok=False)
    try:
        yield temporary
        with _in_one_sentence(path):
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_if_changed(path: Path, content: bytes | str) -> bool:
    """Write `content` unless the file holds it already, so that its time stamp tells of real changes only."""
    data = _as_bytes(content)
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomic(path, data)
    return True


def _as_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


@contextmanager
def _in_one_sentence(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error
