"""Tables for the page: every column has a header, nothing depends on a random id, wide ones scroll in their box.

On a phone a table of several columns of prose is shown as cards, one a row; a table of numbers stays a table.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral, Real

import pandas as pd

from ftsec.base.typeset import typeset
from ftsec.base.words import HUNDREDTHS, PARTS, digits, fitted, learning_rate, one_spelling, places, tidy

NAMES = ("year", "seed")  # whole numbers in columns so called name something; they count nothing
NOTHING = "–"
NO_ROWS = "none"
LEARNING_RATE = "Learning rate"  # the header of a column
PROSE = 280  # characters of a row, on average, from which columns are too narrow to read on any screen
NUMBER = re.compile(r"[<>≤≥~−-]?\d[\d,.]*(e[−-]?\d+)?([-–]\d[\d.,]*)?( ?[%×])?|∞|–")  # also a range or a share


@dataclass(frozen=True)
class Table:
    """A data frame shown as an accessible HTML table with a caption; plain text elsewhere.

    Names of data (``lora_8``) are shown in words and numbers with three digits that count; the frame keeps both.

    Attributes:
        frame: what is shown; the index is not shown.
        caption: says what the table holds.
        raw: names of columns whose cells are HTML (links) and must not be escaped.
    """

    frame: pd.DataFrame
    caption: str
    raw: tuple[str, ...] = ()

    def __repr__(self) -> str:
        tags = {name: {r"<[^>]+>": ""} for name in self.raw}  # plain text shows what a link says, not how it is made
        shown = self.frame.replace(tags, regex=True)
        plain = pd.DataFrame(dict(enumerate(_texts(shown))), index=shown.index)
        plain = plain.set_axis([_header(name) for name in shown.columns], axis=1)
        return f"{_sentence(self.caption)}\n{plain.to_string(index=False) if len(plain) else NO_ROWS}"

    def _repr_html_(self) -> str:
        names = [html.escape(_header(name)) for name in self.frame.columns]
        whole = [[name, *column] for name, column in zip(names, self._columns(), strict=True)]
        shown, in_cards = fitted(whole)
        headers, columns = [column[0] for column in shown], [column[1:] for column in shown]
        kinds = ["", *(' class="n"' if column and all(map(NUMBER.fullmatch, column)) else "" for column in columns[1:])]
        head = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(headers, kinds, strict=True))
        labels = [f' data-label="{name}"{kind}' for name, kind in zip(headers, kinds, strict=True)]
        caption = html.escape(_sentence(self.caption))
        body = "\n".join(_row(row, labels if in_cards else kinds) for row in zip(*columns, strict=True))
        body = body or f'<tr><td colspan="{len(names)}">{NO_ROWS}</td></tr>'
        cards = " ftsec-cards" * in_cards + " ftsec-always" * (in_cards and _is_prose(columns))
        return (
            f'<div class="ftsec-table{cards}" role="group" tabindex="0" aria-label="{caption}">'
            f"<table><caption>{caption}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
        )

    def _columns(self) -> Iterator[list[str]]:
        """The columns' cells as HTML."""
        for (name, column), texts in zip(self.frame.items(), _texts(self.frame), strict=True):
            yield [str(cell) or NOTHING for cell in column] if name in self.raw else list(map(html.escape, texts))


def _sentence(caption: str) -> str:
    return typeset(caption if caption.endswith((".", "?", "!")) else f"{caption}.")


def _is_prose(columns: list[list[str]]) -> bool:
    """Whether rows hold so many words that they are read as cards at every width."""
    rows = [sum(map(len, row)) for row in zip(*columns, strict=True)]
    return bool(rows) and sum(rows) / len(rows) > PROSE


def _row(cells: tuple[str, ...], attributes: list[str]) -> str:
    first, *rest = cells
    return f'<tr><th scope="row">{first}</th>' + "".join(map("<td{}>{}</td>".format, attributes[1:], rest)) + "</tr>"


def _header(name: object) -> str:
    words = tidy(str(name))
    return words[:1].upper() + words[1:] if len(words) > 1 else words or NOTHING


def _texts(frame: pd.DataFrame) -> list[list[str]]:
    """The columns' cells as text; fractions of one column and of one size, and all shares, have as many places."""
    columns = [_in_powers(frame.iloc[:, place]) for place in range(frame.shape[1])]
    fractions = [[cell for cell in column if _is_fraction(cell)] for column in columns]
    shared = [places(some) if len(some) > 1 else None for some in fractions]
    shares = [
        n is not None and n <= HUNDREDTHS and max(map(abs, some)) <= 1
        for n, some in zip(shared, fractions, strict=True)
    ]
    most = max((n for n, share in zip(shared, shares, strict=True) if share), default=None)
    wanted = [most if share else n for n, share in zip(shared, shares, strict=True)]
    return [[_text(cell, n, _groups(column)) for cell in column] for column, n in zip(columns, wanted, strict=True)]


def _in_powers(column: pd.Series) -> pd.Series:
    """Learning rates as text; any other column as it is."""
    if _header(column.name) != LEARNING_RATE:
        return column
    return column.map(lambda cell: learning_rate(cell) if _is_fraction(cell) else cell)


def _groups(column: pd.Series) -> str:
    """What parts the thousands of whole numbers."""
    return "" if any(name in str(column.name).lower() for name in NAMES) else ","


def _is_fraction(cell: object) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, Integral) and not pd.isna(cell)


def _text(cell: object, shared: int | None, groups: str) -> str:
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return NOTHING
    if type(cell).__name__ in ("bool", "bool_"):
        return "yes" if cell else "no"
    if isinstance(cell, Integral):
        return tidy(format(cell, groups))
    if isinstance(cell, Real):
        return digits(float(cell), shared)
    return tidy(PARTS.get(str(cell), one_spelling(str(cell)))) or NOTHING
