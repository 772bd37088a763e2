"""Files for download. The book as one file is offered where a page says ``% pdf`` or ``% epub``, only while it is up to
date; any other file where a page says ``% file NAME words`` or, in a cell, ``<!-- file NAME words -->``, if whoever
builds brought it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ftsec.base.digests import digest
from ftsec.base.files import write_atomic
from ftsec.base.project import Project

KINDS = ("pdf", "epub")
MARK = re.compile(rb"^% (?P<kind>pdf|epub) (?P<words>.+)\n?", re.MULTILINE)


FILE_MARKS = (  # on a line, and in a cell of a table
    re.compile(rb"^% file (?P<name>\S+) (?P<words>.+)$", re.MULTILINE),
    re.compile(rb"<!-- file (?P<name>\S+) (?P<words>.+?) -->"),
)


def made_file(project: Project, kind: str) -> Path:
    """Where a file of one of the `KINDS` lies until it is staged."""
    return project.build / f"ftsec.{kind}"


def note_file(project: Project, kind: str) -> Path:
    """Where it is written of which staged tree the file was made."""
    return project.build / f"ftsec.{kind}.txt"


def remember_made(project: Project, kind: str, staged: str) -> None:
    """Note which staged tree the file was made of."""
    write_atomic(note_file(project, kind), staged)


def offer_downloads(project: Project, files: dict[str, bytes], staged: str) -> None:
    """Add the files that were made of exactly these staged files, and the links to them."""
    offered = {kind: made_file(project, kind).read_bytes() for kind in KINDS if _is_current(project, kind, staged)}
    if not offered:
        return

    def link(mark: re.Match) -> bytes:
        kind = mark["kind"].decode()
        if kind not in offered:
            return b""
        size = f"{len(offered[kind]) / 1e6:.0f} MB"
        return b'<a href="../_static/ftsec.%b" download>%b</a> (%b)\n' % (mark["kind"], mark["words"], size.encode())

    for name, content in files.items():
        if name.endswith(".md"):
            files[name] = MARK.sub(link, content)
    files |= {f"book/_static/ftsec.{kind}": content for kind, content in offered.items()}


def offer_files(files: dict[str, bytes], offered: Mapping[str, bytes]) -> None:
    """Add the files that the builder brought, and the links to them; a mark without its file stays a comment."""

    def link(mark: re.Match) -> bytes:
        name = mark["name"].decode()
        if name not in offered:
            return mark[0]
        size = f"{max(1, round(len(offered[name]) / 1000))} kB"
        return b'<a href="../_static/%b" download>%b</a> (%b)' % (mark["name"], mark["words"], size.encode())

    for page in [page for page in files if page.endswith(".md")]:
        for mark in FILE_MARKS:
            files[page] = mark.sub(link, files[page])
    files |= {f"book/_static/{name}": content for name, content in offered.items()}


def staged_digest(files: dict[str, bytes]) -> str:
    """A digest of staged files: names and bytes."""
    return digest(*(part for name in sorted(files) for part in (name.encode(), files[name])))


def _is_current(project: Project, kind: str, staged: str) -> bool:
    note = note_file(project, kind)
    return made_file(project, kind).exists() and note.exists() and note.read_text(encoding="utf-8") == staged
