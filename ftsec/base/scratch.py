"""Private folders for work in progress; one whose maker was killed goes when the next one is made."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from ftsec.base import locks

YOUNG = 60  # seconds: a folder that new may be one that its maker has not locked yet


@contextmanager
def scratch_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """A new folder that only this process uses, gone after the block.

    Args:
        prefix: how its name begins; abandoned folders with this beginning are removed from `parent`.
        parent: where it is made; the system's place for temporary files if not given.
    """
    parent = parent or Path(gettempdir())
    _remove_abandoned(parent, prefix)
    folder = Path(mkdtemp(prefix=prefix, dir=parent))
    held = locks.take(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _remove_abandoned(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > YOUNG:
                with locks.abandoned(folder):
                    shutil.rmtree(folder, ignore_errors=True)
