"""Citations of a report: names and years in the text, and the list of what was cited at its end."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from docutils import nodes

from ftsec.base.project import Project

if TYPE_CHECKING:
    from pybtex.database import BibliographyData, Entry

TEXTUAL = "cite:t"  # names in the sentence, the year in brackets
ROLES = ("cite", "cite:p", TEXTUAL)
FEW = 2  # authors that are all named
BRACES = re.compile(r"[{}]")


class Citations:
    """The works that a project's bibliographies hold, and those that were cited so far."""

    def __init__(self, project: Project) -> None:
        self.files = bibliographies(project)
        self.cited: list[str] = []

    def role(self, name: str, raw: str, text: str, line: int, inliner: object, *_: object) -> tuple[list, list]:
        """What ``{cite}`` and ``{cite:t}`` become; docutils calls it."""
        keys = [key.strip() for key in text.split(",")]
        parts = [self._reference(key, textual=name == TEXTUAL) for key in keys]
        between = [part for part in parts for part in (nodes.Text(", "), part)][1:]
        return (between if name == TEXTUAL else [nodes.Text("["), *between, nodes.Text("]")]), []

    def _reference(self, key: str, textual: bool) -> nodes.Node:
        entry = self._entry(key)
        if entry is None:
            return nodes.Text(key)
        if key not in self.cited:
            self.cited.append(key)
        year = entry.fields.get("year", "no year")
        said = f"{names(entry)} [{year}]" if textual else f"{names(entry)}, {year}"
        return nodes.reference("", said, refuri=f"#ref-{key}", internal=True)

    def _entry(self, key: str) -> Entry | None:
        return next((data.entries[key] for data in map(read, self.files) if key in data.entries), None)

    def as_html(self) -> str:
        """The list of references; empty if nothing was cited."""
        if not self.cited:
            return ""
        from ftsec.publishing.sphinx.bibliography import ShortLinks

        entries = [self._entry(key) for key in self.cited]
        lines = "\n".join(
            f'<li id="ref-{html.escape(each.key)}">{each.text.render_as("html")}</li>'
            for each in ShortLinks().format_entries(entries)
        )
        return f'<section id="references">\n<h2>References</h2>\n<ul class="references">\n{lines}\n</ul>\n</section>'


def bibliographies(project: Project) -> list[Path]:
    """The files that the book's configuration names; none for a project without."""
    text = project.config.read_text(encoding="utf-8") if project.config.exists() else ""
    return [project.root / name for name in (yaml.safe_load(text) or {}).get("bibtex_bibfiles", [])]


@lru_cache(maxsize=4)
def read(path: Path) -> BibliographyData:
    """A bibliography; read once for many reports."""
    from pybtex.database import parse_file

    return parse_file(str(path))


def names(entry: Entry) -> str:
    """The authors as a sentence names them: one, two, or the first and others."""
    last = [last_name(each) for each in entry.persons.get("author", [])] or [entry.fields.get("title", entry.key)]
    return " and ".join(last) if len(last) <= FEW else f"{last[0]} et al."


def last_name(person: object) -> str:
    """The part of a name that a sentence uses, accents set."""
    from pybtex.richtext import Text

    words: Iterable[str] = (*person.prelast_names, *person.last_names)
    return BRACES.sub("", str(Text.from_latex(" ".join(words))))
