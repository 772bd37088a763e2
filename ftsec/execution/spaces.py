"""What belongs together stays on one line: a number and its percent sign, a source and its mark, an interval."""

from __future__ import annotations

import re

# code is copied, so its spaces stay what they are
KEPT = re.compile(r"(<(pre|code|script|style|title)\b.*?</\2>|<!--.*?-->|<[^>]+>)", re.DOTALL)
TIED = re.compile(r"(?<=[\d)}]) (?=[%‡×](?!\w))")
SPAN = re.compile(r"\[[−-]?[\d.,]+, [−-]?[\d.,]+\]")
CELL = re.compile(r"(<td[^>]*>)([^<]*)(?=</td>)")


def with_tied_spaces(page: str) -> str:
    """The page with no-break spaces in its text; intervals in cells are marked, to stay whole where there is room."""
    parts = KEPT.split(page)
    # split gives text, mark-up, the mark-up's name (or None), text, …
    texts = (TIED.sub("\u00a0", text) for text in parts[::3])
    marked = "".join(text + (mark or "") for text, mark in zip(texts, [*parts[1::3], ""], strict=True))
    return CELL.sub(lambda cell: cell[1] + SPAN.sub(r'<span class="ftsec-span">\g<0></span>', cell[2]), marked)
