"""Where in the book a cell stands, in a reader's words: chapter and section."""

from __future__ import annotations

import json
import re
from functools import cache

from ftsec.base.errors import InputError
from ftsec.base.project import find_project

HEADING = re.compile(r"^#{2,3} +(.+?) *$", re.MULTILINE)


@cache
def where(chapter: str, cell: str) -> str:
    """Words such as ``chapter 02, “How much is enough to break it?”``; the chapter alone if its page is not at hand."""
    section = _section(chapter, cell)
    return f"chapter {chapter}, “{section}”" if section else f"chapter {chapter}"


def _section(chapter: str, cell: str) -> str:
    try:
        notebook = json.loads(find_project().chapter(chapter).read_text(encoding="utf-8"))
    except (InputError, OSError, ValueError):
        return ""
    heading = ""
    for each in notebook["cells"]:
        if each.get("id") == cell:
            return heading
        titles = HEADING.findall("".join(each["source"])) if each["cell_type"] == "markdown" else []
        heading = titles[-1] if titles else heading
    return ""
