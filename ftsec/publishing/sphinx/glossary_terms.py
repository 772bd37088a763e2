"""A Sphinx extension: on every page, the first use of each glossary term leads to the glossary.

Authors then need not mark terms. Headings (also those within a paragraph, in bold), code, links, titles of publications
and the glossary itself are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

# also everyday words, or verbs, in these pages: linked by hand where the term is meant
EVERYDAY = {"judge", "utility", "verdict", "exposure", "fine-tuning", "alignment", "supply chain"}
CLOSED = (
    nodes.reference, nodes.literal, nodes.literal_block, nodes.title, nodes.term, nodes.math, nodes.raw, nodes.caption,
    nodes.citation, nodes.citation_reference, nodes.strong, addnodes.pending_xref,
)  # fmt: skip


def pattern(terms: Iterable[str]) -> re.Pattern:
    """Matches any of the terms as whole words, the longest first, with a plural s; written as in the glossary."""
    words = sorted((term for term in terms if term not in EVERYDAY), key=len, reverse=True)
    return re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, words)) + r")(s?)(?![\w-])")


class FirstUses(SphinxPostTransform):
    """Turns the first use of each term into a link, which Sphinx then resolves."""

    default_priority = 5  # before references are resolved

    def run(self, **kwargs: object) -> None:
        terms = {name: place for (kind, name), place in self.env.domains["std"].objects.items() if kind == "term"}
        if not terms or any(place[0] == self.env.docname for place in terms.values()):
            return
        search, seen = pattern(terms), set()
        for text in list(self.document.findall(nodes.Text)):
            if not _closed(text) and (parts := split(str(text), search, seen)):
                text.parent.replace(text, [self._node(part, terms) for part in parts])

    def _node(self, part: str | tuple[str, str], terms: dict) -> nodes.Node:
        if isinstance(part, str):
            return nodes.Text(part)
        shown, term = part
        link = addnodes.pending_xref(
            "", nodes.inline("", shown, classes=["std", "std-term"]), refdomain="std", reftype="term", reftarget=term,
            refexplicit=True, refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip
        return link


def split(text: str, search: re.Pattern, seen: set[str]) -> list[str | tuple[str, str]]:
    """The text cut at terms not in `seen`: plain strings, and (as written, term) pairs; empty if there is none.

    Terms found are added to `seen`.
    """
    parts: list[str | tuple[str, str]] = []
    end = 0
    for match in search.finditer(text):
        if match[1] not in seen:
            seen.add(match[1])
            parts += [text[end : match.start()], (match[0], match[1])]
            end = match.end()
    return [part for part in (*parts, text[end:]) if part] if parts else []


def _closed(text: nodes.Text) -> bool:
    node = text.parent
    while node is not None:
        if isinstance(node, CLOSED):
            return True
        node = node.parent
    return False


def setup(app: object) -> dict:
    """Register the transform."""
    app.add_post_transform(FirstUses)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
