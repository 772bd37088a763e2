"""Locks on files and folders that the system releases when their holder ends, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ftsec.base.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no such locks: there everything is free, and abandoned after a day
    fcntl = None

ABANDONED = 24 * 3600  # seconds


def take(path: Path, wait: bool = True) -> int:
    """Lock a file or folder; returns an open file descriptor, whose closing releases it.

    Raises:
        FileNotFoundError: if it is not there, or was removed while waiting.
        BlockingIOError: if another process holds it and `wait` is false.
    """
    if not fcntl:
        return os.open(os.devnull, os.O_RDONLY)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(descriptor), os.stat(path)):
            raise FileNotFoundError(path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def abandoned(path: Path) -> Iterator[None]:
    """A block that works on what another process left behind.

    Raises:
        OSError: if its process is still there, or somebody else was faster.
    """
    if not fcntl and time.time() - path.stat().st_mtime < ABANDONED:
        raise BlockingIOError(path)
    descriptor = take(path, wait=False)
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def claim(path: Path, wait: bool) -> Iterator[bool]:
    """Whether this process may do what the file stands for; if not, another one is at it.

    Args:
        wait: wait until the other process has done it, or ended.

    Raises:
        InputError: if the file cannot be made.
    """
    descriptor = None
    while descriptor is None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise InputError(f"cannot write to {path.parent}: {error.strerror}") from error
        try:
            with suppress(FileNotFoundError):  # its holder removed it just now
                descriptor = take(path, wait)
        except BlockingIOError:
            yield False
            return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)
