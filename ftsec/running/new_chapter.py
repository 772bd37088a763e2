"""A chapter to begin with: a notebook with every part that a chapter has, and its line in the table of contents."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.project import Project

TEMPLATE = Path(__file__).with_name("data") / "chapter.ipynb"
TITLE = "A new chapter"  # in the template
LONGEST = 60  # characters of the title in the file's name
ENTRY = re.compile(r"^(?P<before>.*\bfile: notebooks/)\S+.*\n", re.MULTILINE)


def new_chapter(project: Project, name: str) -> Path:
    """Write a notebook called ``NN_name``, with the next free number, and name it in ``_toc.yml``.

    Args:
        name: a title, ``Watermarks in data``, or a file's name, ``21_watermarks``.

    Raises:
        InputError: if the name cannot stand in a file's name, or the chapter is there already.
    """
    numbers = [int(found[1]) for path in project.chapters() if (found := re.match(r"(\d+)", path.stem))]
    given = re.match(r"\s*(?:(\d+)[_\s]+)?(.*)", name)
    title = given[2].replace("_", " ").strip()
    slug = _slug(title)
    if twins := [path.name for path in project.chapters() if path.stem.partition("_")[2] == slug]:
        raise InputError(f"there is one already: {twins[0]}")
    number = int(given[1]) if given[1] else max(numbers, default=-1) + 1
    path = project.root / "notebooks" / f"{number:02}_{slug}.ipynb"
    if number > 99:
        raise InputError("chapters have two digits, so that 99 is the last")
    if number in numbers or path.exists():
        raise InputError(f"there is a chapter {number:02} already")
    toc = project.toc.read_text(encoding="utf-8")
    if not (entries := list(ENTRY.finditer(toc))):
        raise InputError(f"{project.toc} names no notebook, so that there is no place for a new one")
    end = entries[-1].end()
    shown = json.dumps(title[:1].upper() + title[1:], ensure_ascii=False)[1:-1]
    write_atomic(path, TEMPLATE.read_text(encoding="utf-8").replace(TITLE, shown))
    write_atomic(project.toc, f"{toc[:end]}{entries[-1]['before']}{path.stem}\n{toc[end:]}")
    return path


def _slug(title: str) -> str:
    """The title as it can stand in a file's name: letters a to z, without their accents, and digits."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(sign))
    foreign = [sign for sign in dict.fromkeys(plain) if sign.isalpha() and not sign.isascii()]
    slug = "_".join(re.findall(r"[a-z0-9]+", plain))
    if foreign or not re.search("[a-z]", slug):
        why = f"{''.join(foreign[:8])} cannot stand in a file's name; " if foreign else ""
        told = "give it in letters from a to z, such as: Watermarks in data; its heading can be changed afterwards"
        raise InputError(f"{title!r} is no name for a chapter: {why}{told}")
    if len(slug) > LONGEST:
        raise InputError(
            f"a chapter's name has at most {LONGEST} letters, this one {len(slug)}; its heading may be longer"
        )
    return slug
