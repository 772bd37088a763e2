"""Tables of prose pages that are too wide for a phone carry their headings in every cell.

There the style sheet shows each row as a card (``ftsec-cards``), as it does for the tables that chapters make.
"""

from __future__ import annotations

import re

from ftsec.base.words import crowded

TABLE = re.compile(
    r'<div class="pst-scrollable-table-container"(?P<box>[^>]*)>(?P<table><table class="table"[^>]*>.*?</table>)',
    re.DOTALL,
)
HEAD = re.compile(r'<th class="head[^"]*"[^>]*>(.*?)</th>', re.DOTALL)
ROW = re.compile(r'<tr class="row-(?:odd|even)">.*?</tr>', re.DOTALL)
CELL = re.compile(r"<td(?P<attributes>[^>]*)>(?P<text>.*?)</td>", re.DOTALL)
MARKS = re.compile(r"<[^>]+>")


def with_cards(page: str) -> str:
    """The page with labelled cells in its wide tables; other tables, and labelled ones, stay as they are."""
    return TABLE.sub(_table, page)


def _table(match: re.Match) -> str:
    heads = [_plain(head) for head in HEAD.findall(match["table"])]
    rows = [[_plain(text) for _, text in CELL.findall(row)] for row in ROW.findall(match["table"])]
    rows = [row for row in rows if len(row) == len(heads)]
    if not crowded(list(zip(heads, *rows, strict=True))):
        return match[0]
    table = ROW.sub(lambda row: _row(row[0], heads), match["table"])
    return f'<div class="pst-scrollable-table-container ftsec-cards"{match["box"]}>{table}'


def _row(row: str, heads: list[str]) -> str:
    labels = iter(heads)
    spoken = {head: (head[:1].upper() + head[1:]).replace('"', "&quot;") for head in heads}

    def cell(match: re.Match) -> str:
        label = next(labels, "")
        kept = f"{match['attributes']}>{match['text']}</td>"
        if label == heads[0]:
            return f"<td{kept}"  # the card's title
        said = spoken.get(label, "") if _plain(match["text"]) else ""  # the style sheet hides empty cells
        return f'<td data-label="{said}"{kept}'

    return CELL.sub(cell, row)


def _plain(text: str) -> str:
    return MARKS.sub("", text).strip()
