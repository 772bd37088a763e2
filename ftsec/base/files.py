"""Files are written whole or not at all, and only when they change."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ftsec.base.errors import InputError


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write `content` (text as UTF-8) beside `path` and move it into place: a reader never sees half a file.

    Raises:
        InputError: if the folder cannot be written to or the disk is full; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)  # mkstemp makes files that only their owner may read
        os.replace(name, path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        Path(name).unlink(missing_ok=True)


def write_if_changed(path: Path, content: bytes | str) -> bool:
    """Write `content` unless the file holds it already, so that its time stamp tells of real changes only."""
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomic(path, data)
    return True
