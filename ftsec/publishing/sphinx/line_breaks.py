"""Spaces and hyphens at which a line must not break: in a number with its sign, an interval, an option, a title."""

from __future__ import annotations

import re
from collections.abc import Callable

# code is copied, so its spaces stay what they are
KEPT = re.compile(
    r"(<pre\b.*?</pre>|<code\b.*?</code>|<script\b.*?</script>|<style\b.*?</style>|<title\b.*?</title>|<!--.*?-->|<[^>]+>)",
    re.DOTALL,
)
TIED = re.compile(r"(?<=[\d)}]) (?=[%‡×](?!\w))")
SPAN = re.compile(r"\[[−-]?[\d.,]+, [−-]?[\d.,]+\]|\b\d{4}-\d\d-\d\d\b")
CELL = re.compile(r"(<td[^>]*>)([^<]*)(?=</td>)")
HYPHEN = re.compile(r"(?<![\w.-])(?:\d\d[a-z]?-\d|\d(?:\.\d+)?e-\d+)(?![\w-])")  # an exercise, a small number
TERMINAL = re.compile(r'<div class="highlight-(?:bash|console)[^>]*>.*?</pre>', re.DOTALL)
OPTION = re.compile(r"(?<![\w./=-])(?:--?\w[\w-]{0,20}|\w{1,15}(?:-\w{1,15})+(?:\.\w{1,6})?)(?![\w./-])")
TITLE = re.compile(r'<h([1-3])>.*?</h\1>|<p class="prev-next-title">.*?</p>', re.DOTALL)
COMPOUND = re.compile(r"(?<![\w-])\w{1,12}(?:-\w{1,12}){1,2}(?![\w-])")  # short enough for a phone's line
WHOLE = '<span class="ftsec-span">'


def with_tied_spaces(page: str) -> str:
    """The page with no-break spaces in its text; what holds a hyphen or is an interval in a cell is marked as whole."""
    marked = _in_text(page, KEPT, lambda text: _whole(HYPHEN, TIED.sub("\u00a0", text)))
    return CELL.sub(lambda cell: cell[1] + _whole(SPAN, cell[2]), marked)


def with_whole_options(page: str) -> str:
    """The page with marks around options in commands, which a phone would part from their hyphens."""
    tags = re.compile(r"(<[^>]+>)")
    return TERMINAL.sub(lambda block: _in_text(block[0], tags, lambda text: _whole(OPTION, text)), page)


def with_whole_titles(page: str) -> str:
    """The page with marks around the hyphenated words of its titles, whose letters stay what they are."""
    return TITLE.sub(lambda title: _in_text(title[0], KEPT, lambda text: _whole(COMPOUND, text)), page)


def _in_text(page: str, mark: re.Pattern, change: Callable[[str], str]) -> str:
    """The page with its text changed, and what `mark` finds left alone."""
    parts = mark.split(page)
    parts[::2] = map(change, parts[::2])  # split gives text, mark-up, text, …
    return "".join(parts)


def _whole(pattern: re.Pattern, text: str) -> str:
    return pattern.sub(rf"{WHOLE}\g<0></span>", text)
