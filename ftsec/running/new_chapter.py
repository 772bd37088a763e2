"""A chapter to begin with: a notebook with every part that a chapter has, and its line in the table of contents."""

from __future__ import annotations

import re
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.project import Project

TEMPLATE = Path(__file__).with_name("data") / "chapter.ipynb"
TITLE = "A new chapter"  # in the template
ENTRY = re.compile(r"^(?P<before>.*\bfile: notebooks/)\S+.*\n", re.MULTILINE)


def new_chapter(project: Project, name: str) -> Path:
    """Write a notebook called ``NN_name``, with the next free number, and name it in ``_toc.yml``.

    Args:
        name: a title, ``Watermarks in data``, or a file's name, ``21_watermarks``.

    Raises:
        InputError: if nothing in the name can stand in a file's name, or the chapter is there already.
    """
    numbers = [int(found[1]) for path in project.chapters() if (found := re.match(r"(\d+)", path.stem))]
    given = re.match(r"\s*(?:(\d+)[_\s]+)?(.*)", name)
    title = given[2].replace("_", " ").strip()
    slug = "_".join(re.findall(r"[a-z0-9]+", title.lower()))
    if not slug:
        raise InputError(f"{name!r} is no name for a chapter; it needs letters, such as: Watermarks in data")
    number = int(given[1]) if given[1] else max(numbers, default=-1) + 1
    path = project.root / "notebooks" / f"{number:02}_{slug}.ipynb"
    if number in numbers or path.exists():
        raise InputError(f"there is a chapter {number:02} already")
    toc = project.toc.read_text(encoding="utf-8")
    if not (entries := list(ENTRY.finditer(toc))):
        raise InputError(f"{project.toc} names no notebook, so that there is no place for a new one")
    end = entries[-1].end()
    write_atomic(path, TEMPLATE.read_text(encoding="utf-8").replace(TITLE, title[:1].upper() + title[1:]))
    write_atomic(project.toc, f"{toc[:end]}{entries[-1]['before']}{path.stem}\n{toc[end:]}")
    return path
