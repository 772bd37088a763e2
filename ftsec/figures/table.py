"""Tables for the page: every column has a header, nothing depends on a random id, wide ones scroll in their box."""

from __future__ import annotations

import html
from dataclasses import dataclass
from numbers import Integral

import pandas as pd

GROUPED_FROM = 10_000  # below, a whole number may be a year


@dataclass(frozen=True)
class Table:
    """A data frame shown as an accessible HTML table with a caption; plain text elsewhere.

    Attributes:
        frame: what is shown, cells already formatted as text or numbers; the index is not shown.
        caption: says what the table holds.
        raw: names of columns whose cells are HTML (links) and must not be escaped.
    """

    frame: pd.DataFrame
    caption: str
    raw: tuple[str, ...] = ()

    def __repr__(self) -> str:
        tags = {name: {r"<[^>]+>": ""} for name in self.raw}  # plain text shows what a link says, not how it is made
        return f"{self.caption}\n{self.frame.replace(tags, regex=True).to_string(index=False)}"

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(str(name)) or "–"}</th>' for name in self.frame.columns)
        body = "\n".join(self._row(row) for row in self.frame.itertuples(index=False))
        return (
            f'<div class="ftsec-table" role="group" tabindex="0" aria-label="{html.escape(self.caption)}">'
            f"<table><caption>{html.escape(self.caption)}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
        )

    def _row(self, row: tuple) -> str:
        first, *rest = (
            str(cell) if name in self.raw else html.escape(_text(cell))
            for name, cell in zip(self.frame.columns, row, strict=True)
        )
        return f'<tr><th scope="row">{first or "–"}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"


def _text(cell: object) -> str:
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return "–"
    if isinstance(cell, Integral) and not isinstance(cell, bool) and abs(cell) >= GROUPED_FROM:
        return f"{cell:,}"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
