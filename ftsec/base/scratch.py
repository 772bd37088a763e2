"""Private folders for work in progress; one whose maker was killed goes when the next one is made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from ftsec.base import locks
from ftsec.base.errors import InputError


@contextmanager
def scratch_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """A new folder that only this process uses, gone after the block.

    Args:
        prefix: how its name begins; abandoned folders with this beginning are removed from `parent`.
        parent: where it is made; the system's place for temporary files if not given.
    """
    parent = parent or Path(gettempdir())
    remove_abandoned(prefix, parent)
    with held_folder(prefix, parent) as folder:
        yield folder


@contextmanager
def held_folder(prefix: str, parent: Path) -> Iterator[Path]:
    """A new folder that this process holds during the block; then it is removed, unless it has another name by then.

    Raises:
        InputError: if `parent` cannot be made or written to.
    """
    folder, held = _held(prefix, parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def remove_abandoned(prefix: str, parent: Path) -> int:
    """Remove the folders whose names begin like this and that nobody holds any more; returns how many."""
    removed = 0
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError), locks.abandoned(folder):
            shutil.rmtree(folder)
            removed += 1
    return removed


def _held(prefix: str, parent: Path) -> tuple[Path, int]:
    """A new folder and the lock on it, an open file descriptor."""
    while True:
        try:
            parent.mkdir(parents=True, exist_ok=True)
            folder = Path(mkdtemp(prefix=prefix, dir=parent))
        except OSError as error:
            raise InputError(f"cannot write to {parent}: {error.strerror}") from error
        with suppress(FileNotFoundError):  # removed between its making and its locking: take another one
            return folder, locks.take(folder)
