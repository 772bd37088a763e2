"""The tables and the bibliography as files for others: CSV as kept, BibTeX, and JSON. Standard library only."""

from __future__ import annotations

import csv
import io
import json
import re

from ftsec.evidence.references import BIBLIOGRAPHY, address, cite, fields, reference_keys, title
from ftsec.evidence.rows import DATA

TABLES = ("measurements", "claims", "defenses", "searches")
LISTS = ("measurement_ids", "citation_keys", "helped_ids", "cost_ids", "broken_by_ids")  # cells that hold several ids
_VENUES = ("journal", "booktitle", "institution")


def files() -> dict[str, bytes]:
    """Every file by its name: each table as CSV and JSON, the bibliography as BibTeX and JSON."""
    exported = {f"{name}.csv": (DATA / f"{name}.csv").read_bytes() for name in TABLES}
    exported |= {f"{name}.json": _json(_rows(exported[f"{name}.csv"])) for name in TABLES}
    bibliography = {"references.bib": BIBLIOGRAPHY.read_bytes(), "references.json": _json(works())}
    return exported | bibliography


def works() -> list[dict[str, object]]:
    """The bibliography as plain data: key, authors, title, year, venue, address, arXiv number."""
    return [_work(key) for key in sorted(reference_keys())]


def _work(key: str) -> dict[str, object]:
    entry = fields(key)
    return {
        "citation_key": key,
        "short": cite(key),
        "authors": [name.strip() for name in re.split(r"\s+and\s+", entry["author"])],
        "title": title(key),
        "year": int(entry["year"][:4]),
        "venue": next((entry[name] for name in _VENUES if name in entry), ""),
        "address": address(key),
        "arxiv": entry.get("eprint", ""),
    }


def _rows(table: bytes) -> list[dict[str, object]]:
    """A table as a list of rows; empty cells are null, cells with several ids are lists."""
    rows = csv.DictReader(io.StringIO(table.decode("utf-8"), newline=""))
    return [{name: _cell(name, cell) for name, cell in row.items()} for row in rows]


def _cell(name: str, cell: str) -> object:
    if name in LISTS:
        return list(filter(None, cell.split("; ")))
    return cell or None


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
