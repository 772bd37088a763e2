"""A style sheet in fewer letters: without comments, spaces and variables that nothing asks for."""

from __future__ import annotations

import re

QUOTED = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
STRING = rf"{QUOTED}|url\((?:{QUOTED}|[^)\"'])*\)"
SPACES = re.compile(rf"({STRING})|(?:/\*.*?\*/|\s)+", re.DOTALL)
# a last semicolon goes; so do spaces beside punctuation, but for the one that is a variable's whole value
AROUND = re.compile(rf"({STRING})|(?<!:) ?;? ?(\}}) ?|(?<!:) ?([{{;,]) ?|(?<=\w)(:) (?!;)", re.DOTALL)
ASKED = re.compile(r"var\(\s*(--[\w-]+)")
SET = re.compile(rf"(?<=[{{;}}])(--[\w-]+):(?:{STRING}|[^;{{}}\"'])*(?:;|(?=\}}))")


def slim(sheet: str, beside: str = "") -> str:
    """The same rules; variables that no rule uses are left out, and so are those that only they used.

    Args:
        beside: pages, scripts and other sheets, which may use them as well.
    """
    outside = set(ASKED.findall(beside))
    text = SPACES.sub(lambda part: part[1] or " ", sheet).strip()
    text = AROUND.sub(lambda part: part[part.lastindex], text)
    while True:
        asked = outside.union(ASKED.findall(text))
        fewer = SET.sub(lambda line, asked=asked: line[0] if line[1] in asked else "", text)
        if fewer == text:
            return text
        text = fewer
