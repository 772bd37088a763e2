"""Whether a build has anything to do, told in a moment: no file that it reads or wrote was touched since it ended.

Only the file system's notes are looked at: name, size, inode and times of each file. A file that was touched and is
equal costs the ordinary way, which compares contents; a file that was changed cannot be missed, since the system itself
sets the time of its last change. Nothing but the standard library is imported here: that is what makes it quick.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ftsec.base.files import write_atomic
from ftsec.base.project import Project

PACKAGE = Path(__file__).resolve().parents[1]
READ = ("book", "notebooks", "ftsec")  # folders of the checkout that a build reads, beside the files at its root
SKIPPED = ("__pycache__",)


def nothing_to_do(project: Project) -> int | None:
    """How many chapters are up to date, if all are and the site too; None if that has to be found out."""
    try:
        note = json.loads(_note(project).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = note["read"] == print_of_read(project) and note["written"] == print_of_written(project)
    return note["chapters"] if same else None


def remember(project: Project, read: str, chapters: int) -> None:
    """Note that everything is up to date.

    Args:
        read: `print_of_read` from before the build: what was edited while it ran is then noticed.
    """
    note = {"read": read, "written": print_of_written(project), "chapters": chapters}
    write_atomic(_note(project), json.dumps(note) + "\n")


def print_of_read(project: Project) -> str:
    """A fingerprint of all that a build reads: files of the checkout, package, interpreter, settings."""
    roots = [project.root / name for name in READ]
    roots += [] if PACKAGE.is_relative_to(project.root) else [PACKAGE]
    settings = [sys.version, sys.prefix, str(PACKAGE), os.environ.get("FTSEC_BASE_URL", "")]
    return _print([*settings, *_files(project.root, deep=False), *(line for root in roots for line in _files(root))])


def print_of_written(project: Project) -> str:
    """A fingerprint of all that a build wrote and reads again; of the site its first page and its stamp."""
    build = project.build
    offered = [build / f"ftsec.{kind}" for kind in ("pdf", "epub", "pdf.txt", "epub.txt")]
    single = (build / "site.json", *offered, project.site / "index.html")
    lines = [_line(path, os.stat(path)) for path in map(str, single) if os.path.exists(path)]
    return _print([*lines, *_files(project.executed), *_files(project.staged)])


def _files(folder: Path, deep: bool = True) -> Iterator[str]:
    """A line for every visible file in a folder, in the order of names."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name[0] == "." or entry.name in SKIPPED:
            continue
        if entry.is_dir():
            yield from _files(Path(entry.path)) if deep else ()
        else:
            yield _line(entry.path, entry.stat())


def _line(path: str, about: os.stat_result) -> str:
    return f"{path} {about.st_size} {about.st_ino} {about.st_mtime_ns} {about.st_ctime_ns}"


def _print(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _note(project: Project) -> Path:
    return project.build / "unchanged.json"
