"""What the pages' tables get besides cards: a label in their captions, and numbers that stand under each other.

A caption's first words are its label, in bold; what explains them follows in plain letters. Columns of prose pages that
hold numbers alone are marked as those of chapters are (class ``n``).
"""

from __future__ import annotations

import re
from html import unescape

CAPTION = re.compile(
    r'(<caption>(?:<span class="caption-number">[^<]*</span>)?(?:<span class="caption-text">)?)([^<]+)'
)
LABEL = re.compile(r".+?[.?!](?=\s|$)", re.DOTALL)
LONG = 60  # characters of a label that is cut at its first colon or semicolon, if it has one
PART = re.compile(r".{20,}?[:;]")
TABLE = re.compile(r'<table class="(?:[^"]* )?table".*?</table>', re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"(?P<open><t(?P<kind>[hd])(?P<attributes>[^>]*))>(?P<text>.*?)</t(?P=kind)>", re.DOTALL)
MARKS = re.compile(r"<[^>]+>")
NUMBER = re.compile(r"[−-]?\d[\d.,]*(?:\s?%)?(?:\s?±\s?[\d.,]+)?|–")


def with_table_marks(page: str) -> str:
    """The page with labels in its tables' captions and marks at the numbers of its prose tables."""
    return TABLE.sub(_table, CAPTION.sub(lambda found: found[1] + labelled(found[2]), page))


def labelled(caption: str) -> str:
    """A caption's text with its label in bold."""
    sentence = LABEL.match(caption)
    label = sentence[0] if sentence else caption
    part = PART.match(label) if len(unescape(label)) > LONG else None
    label = part[0] if part else label
    return f"<b>{label}</b>{caption[len(label) :]}"


def _table(match: re.Match) -> str:
    head, *rows = ([cell["text"] for cell in CELL.finditer(row)] for row in ROW.findall(match[0]))
    numeric = {
        place
        for place, column in enumerate(zip(*rows, strict=False))
        if place and all(NUMBER.fullmatch(_plain(text)) for text in column)
    }
    alike = all(len(row) == len(head) for row in rows)
    return ROW.sub(lambda row: _marked(row[0], numeric), match[0]) if numeric and alike else match[0]


def _marked(row: str, numeric: set[int]) -> str:
    places = iter(range(row.count("</t")))

    def cell(match: re.Match) -> str:
        return match[0] if next(places) not in numeric else f"{_with_class(match['open'])}>{match[0].split('>', 1)[1]}"

    return CELL.sub(cell, row)


def _with_class(tag: str) -> str:
    return tag.replace('class="', 'class="n ', 1) if 'class="' in tag else f'{tag} class="n"'


def _plain(text: str) -> str:
    return unescape(MARKS.sub("", text)).strip()
