"""The printed book as a download: offered where a page says ``% pdf``, and only while it is up to date."""

from __future__ import annotations

import re
from pathlib import Path

from ftsec.execution.digests import digest
from ftsec.execution.files import write_atomic
from ftsec.execution.project import Project

MARK = re.compile(rb"^% pdf (?P<words>.+)$", re.MULTILINE)
STAGED = "book/_static/ftsec.pdf"


def pdf_file(project: Project) -> Path:
    """Where the print lies until it is staged."""
    return project.build / "ftsec.pdf"


def remember_print(project: Project, staged: str) -> None:
    """Note which staged tree the print was made of."""
    write_atomic(_note(project), staged)


def offer_pdf(project: Project, files: dict[str, bytes], staged: str) -> None:
    """Add the print and the links to it to the staged files, if it was made of exactly these."""
    note, pdf = _note(project), pdf_file(project)
    if not (pdf.exists() and note.exists() and note.read_text(encoding="utf-8") == staged):
        return
    files[STAGED] = pdf.read_bytes()
    for name, content in files.items():
        if name.endswith(".md"):
            files[name] = MARK.sub(rb'<a href="../_static/ftsec.pdf" download>\g<words></a>', content)


def staged_digest(files: dict[str, bytes]) -> str:
    """A digest of staged files: names and bytes."""
    return digest(*(part for name in sorted(files) for part in (name.encode(), files[name])))


def _note(project: Project) -> Path:
    return project.build / "ftsec.pdf.txt"
