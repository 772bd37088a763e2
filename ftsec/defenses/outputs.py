"""The files that a command writes: checked before any work, and written all or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ftsec.base.errors import InputError
from ftsec.base.files import replacing


def check_outputs(inputs: Iterable[Path | None], outputs: Iterable[Path | None], force: bool = False) -> None:
    """Refuse outputs that are an input, one another, in no folder that can be written, or there already (no `force`).

    Raises:
        InputError: naming the path and what stands there.
    """
    taken = [(path, "the input itself") for path in inputs if path]
    for path in filter(None, outputs):
        no_dash(path)
        if what := next((what for other, what in taken if _same(path, other)), ""):
            raise InputError(f"{path}: is {what}; name another file")
        if not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
            raise InputError(f"{path}: the folder {path.parent} does not exist or cannot be written to")
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is not a file; name another one")
        if path.exists() and not force:
            raise InputError(f"{path}: exists already and is left alone; name another file, or use --force")
        taken.append((path, "another output as well"))


def no_dash(path: Path) -> None:
    """Refuse the name that other programs take for the standard output.

    Raises:
        InputError: for ``-``.
    """
    if str(path) == "-":
        raise InputError("nothing is written to the standard output; name a file instead of -")


@contextmanager
def written_together(*paths: Path) -> Iterator[list[BinaryIO]]:
    """Streams of files that appear complete when the block ends; if it or one of them fails, none does."""
    with ExitStack() as unfinished:
        temporaries = [unfinished.enter_context(_temporary(path)) for path in paths]
        with ExitStack() as open_files:
            yield [open_files.enter_context(temporary.open("wb")) for temporary in temporaries]
        _replace_all(list(zip(temporaries, paths, strict=True)))


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are one file, by whatever names and links."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A new file beside `path`, which is gone when the block ends, unless it was moved."""
    with suppress(_Moved), replacing(path) as temporary:
        yield temporary
        raise _Moved


class _Moved(Exception):
    """Ends `replacing` without its own replacement: all files take their places together."""


def _replace_all(pairs: list[tuple[Path, Path]]) -> None:
    """Every file takes its place; if one cannot, those before give theirs back."""
    with ExitStack() as back:
        for temporary, path in pairs:
            back.callback(_restore, path, _saved(path, temporary))
            try:
                os.replace(temporary, path)
            except OSError as bad:
                raise InputError(f"{path}: cannot be written ({bad.strerror})") from None
        back.pop_all()
    for temporary, _ in pairs:
        _backup(temporary).unlink(missing_ok=True)


def _backup(temporary: Path) -> Path:
    return temporary.with_name(f"{temporary.name}.old")


def _saved(path: Path, temporary: Path) -> Path | None:
    """A second name of the file that is there, None if there is none."""
    if not path.exists():
        return None
    with suppress(OSError):  # a file system without links: the old content cannot be brought back
        os.link(path, _backup(temporary))
    return _backup(temporary)


def _restore(path: Path, saved: Path | None) -> None:
    if saved is None:
        path.unlink(missing_ok=True)
    elif saved.exists():
        os.replace(saved, path)
