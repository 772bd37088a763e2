"""The ledger: every claim in one table, each row an anchor, with the figures and sources behind its verdict.

The table is complete as it stands. A small script of the book (``ledger.js``) adds a search box, filters and sorting.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

import pandas as pd

from ftsec.base.typeset import amount, typeset
from ftsec.base.vocabulary import WEAK_MARK
from ftsec.base.words import in_words

COLUMNS = ("Claim", "The article says", "Verdict", "Published evidence and sources")
ARTICLES = {"000": "comparison", "001": "overview of attacks"}
WEAK_WORDS = {"notes": "read in others’ notes", "secondary": "read second hand", "memory": "only remembered"}


@dataclass(frozen=True)
class Ledger:
    """All claims as a real HTML table; each row has its claim's id, so that a page can link to it.

    Attributes:
        claims: ``ftsec.evidence.claims()``.
        measurements: ``ftsec.evidence.measurements()``.
        sources: citation_key, source, title and address, as ``ftsec.evidence.references.sources()``.
    """

    claims: pd.DataFrame
    measurements: pd.DataFrame
    sources: pd.DataFrame

    def __repr__(self) -> str:
        rows = [f"{row.claim_id} {row.chapter[:2]} {row.verdict}" for row in self.claims.itertuples()]
        return f"{self.caption}\n" + "\n".join(rows)

    @property
    def caption(self) -> str:
        return typeset(
            f"{len(self.claims)} claims with verdict, evidence and sources. "
            f"{WEAK_MARK} marks what was not read in the paper itself, but in others’ notes, second hand or only "
            "remembered."
        )

    def _repr_html_(self) -> str:
        figures = self.measurements.set_index("measurement_id").to_dict("index")
        sources = self.sources.set_index("citation_key").to_dict("index")
        head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        body = "\n".join(_row(claim, figures, sources) for claim in self.claims.itertuples())
        return (
            '<div class="ledger-find"></div>'  # the script's form goes in here
            '<div class="ftsec-table ledger" role="group" tabindex="0" aria-label="Claims ledger">'
            f'<table id="ledger"><caption>{html.escape(self.caption)}</caption>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
        )


def _row(claim: tuple, figures: dict, sources: dict) -> str:
    defect = f'<span class="where">{claim.defect_kind}, {claim.severity}</span>' if claim.defect_kind else ""
    chapter = f'<a href="{claim.chapter}.html">{in_words(claim.chapter)}</a>'
    where = f'<span class="where">{ARTICLES[claim.article]}: {html.escape(claim.section)}</span>'
    note = f'<p class="note">{_printed(claim.note)}</p>' if claim.note else ""
    cells = (
        f"{_printed(claim.claim)} {where}",
        f'<span class="{_chip(claim.verdict)}">{claim.verdict}</span>{defect}',
        f"{_printed(claim.published_evidence)}{note}{_evidence(claim, figures, sources)}",
    )
    data = f'data-verdict="{claim.verdict}" data-chapter="{claim.chapter}" data-defect="{claim.defect_kind}"'
    link = f'<th scope="row"><a href="#{claim.claim_id}">{claim.claim_id}</a><span class="where">{chapter}</span></th>'
    return f'<tr id="{claim.claim_id}" {data}>{link}' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _chip(verdict: str) -> str:
    """The classes of a verdict, whose colours the book's style sheet sets once."""
    return f"verdict verdict-{verdict.replace(' ', '-')} ftsec-chip"


def _printed(text: str) -> str:
    return html.escape(typeset(text))


def _evidence(claim: tuple, figures: dict, sources: dict) -> str:
    works = "; ".join(_work(sources[key]) for key in claim.citation_keys)
    items = "".join(f"<li>{_figure(id_, figures[id_], sources)}</li>" for id_ in claim.measurement_ids)
    if not items:
        return f'<p class="works">{works or "No published figure bears on it."}</p>'
    count = f"{len(claim.measurement_ids)} figures" if len(claim.measurement_ids) > 1 else "1 figure"
    return f'<p class="works">{works}</p><details><summary>{count}</summary><ul>{items}</ul></details>'


def _work(source: dict) -> str:
    name, title = html.escape(source["source"]), html.escape(source["title"], quote=True)
    return f'<a href="{html.escape(source["address"])}" title="{title}">{name}</a>' if source["address"] else name


def _figure(id_: str, row: dict, sources: dict) -> str:
    setting = ", ".join(filter(None, (row["topic"], row["model"], row["procedure"])))
    before = f" (before {row['before_text']})" if row["before_text"] else ""
    value = amount(row["value_text"], row["unit"], row["metric"]) + before
    where = ", ".join(filter(None, (sources[row["citation_key"]]["source"], row["table_or_figure"])))
    text = html.escape(typeset(f"{id_}: {setting}; {row['metric']}: {value}. {where}"))
    weak = WEAK_WORDS.get(row["provenance"])
    return f'{text} <span class="weak">{WEAK_MARK}\u00a0{weak}</span>' if weak else text
