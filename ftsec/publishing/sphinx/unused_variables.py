"""A style sheet without the variables that nothing asks for: the theme brings hundreds."""

from __future__ import annotations

import re

ASKED = re.compile(r"var\(\s*(--[\w-]+)")
STRING = r"""url\((?:"[^"]*"|'[^']*'|[^)"'])*\)|"[^"]*"|'[^']*'"""
SET = re.compile(rf"(?<=[{{;}}])\s*(--[\w-]+)\s*:(?:{STRING}|[^;{{}}\"'])*(?:;|(?=\}}))")


def without_unused_variables(sheet: str, beside: str = "") -> str:
    """The same rules; variables that no rule uses are left out, and so are those that only they used.

    Args:
        beside: pages, scripts and other sheets, which may use them as well.
    """
    outside = set(ASKED.findall(beside))
    while True:
        asked = outside.union(ASKED.findall(sheet))
        fewer = SET.sub(lambda line, asked=asked: line[0] if line[1] in asked else "", sheet)
        if fewer == sheet:
            return sheet
        sheet = fewer
