"""How files of the Hugging Face Hub lie on a disk: the cache's links, and pointers that stand for a missing file."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ftsec.base.errors import InputError

POINTER = b"version https://git-lfs.github.com/spec/v1"
LINK_TEXT = re.compile(rb"^(?:\.\./)+blobs/[\w.-]{1,200}\s*$")
POINTER_SIZE = re.compile(rb"^size (\d{1,20})$", re.MULTILINE)


def allowed_roots(directory: Path) -> tuple[Path, ...]:
    """The real folders that a link inside `directory` may lead to: itself, and the cache's ``blobs`` of its model.

    The cache stores a model as ``snapshots/<revision>/<name>``, links to ``blobs/<digest>`` two folders above.
    """
    inside = Path(os.path.realpath(directory))
    blobs = inside.parent.parent / "blobs"
    in_cache = inside.parent.name == "snapshots" and blobs.is_dir() and not blobs.is_symlink()
    return (inside, blobs) if in_cache else (inside,)


def stays_inside(path: Path, roots: tuple[Path, ...]) -> bool:
    """Whether what a path leads to lies below one of the roots."""
    target = Path(os.path.realpath(path))  # unlike Path.resolve, it bears a link to itself
    return any(target.is_relative_to(root) for root in roots)


def snapshot_of(directory: Path) -> Path:
    """The folder to look at: `directory`, or the only snapshot if it is a model's folder in the cache.

    Raises:
        InputError: if there are several snapshots, or none.
    """
    if not ((directory / "blobs").is_dir() and (directory / "snapshots").is_dir()):
        return directory
    snapshots = sorted(path for path in (directory / "snapshots").iterdir() if path.is_dir())
    if len(snapshots) != 1:
        names = ", ".join(path.name for path in snapshots[:5]) or "none"
        raise InputError(f"{directory}: a model's folder in the cache; name one of its snapshots ({names})")
    return snapshots[0]


def pointer_said(start: bytes) -> str:
    """If a file stands for another that is not here (git-lfs, a link as text): how to get it; else nothing."""
    if LINK_TEXT.match(start):
        return (
            f"a link of the Hub's cache that was copied as text ({start.decode().strip()}): "
            "copy the cache with its links, or download the file again"
        )
    if not start.startswith(POINTER):
        return ""
    size = POINTER_SIZE.search(start)
    what = f"the file of {int(size[1]):,} bytes" if size else "the file"
    return f"a git-lfs pointer, {what} was not fetched: run `git lfs pull`"
