"""A Sphinx extension: entries of the bibliography give each address once, as a reader would write it.

The plain style prints a link and then, behind it, the arXiv number or DOI that leads to the same place. It also sorts
an institution by the brace before its name, and writes a question or exclamation within a title as one sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pybtex.database import Entry, Person
from pybtex.plugin import register_plugin
from pybtex.richtext import HRef, Text
from pybtex.style import FormattedEntry
from pybtex.style.formatting.plain import Style
from pybtex.style.sorting.author_year_title import SortingStyle
from pybtex.style.template import Node, field, href, node, optional, sentence

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ADDRESS = re.compile(r"https?://[^\s{}]*\w")
ENDS = ("! ", "? ")  # of a sentence within a title


class ByName(SortingStyle):
    """By author, year and title; the braces that keep an institution's name whole do not count."""

    def person_key(self, person: Person) -> str:
        """The person's names, last one first."""
        return re.sub(r"[{}]", "", super().person_key(person))


class ShortLinks(Style):
    """The plain style with one link for each place."""

    default_sorting_style = ByName

    def format_url(self, entry: Entry) -> Node:
        """The address, without ``https://``; nothing if the arXiv number or the DOI leads there."""
        if any(entry.fields.get(name, "\0") in entry.fields.get("url", "") for name in ("eprint", "doi")):
            return optional[field("no such field")]
        return href(field("url", raw=True))[address]

    def format_title(self, entry: Entry, which_field: str, as_sentence: bool = True) -> Node:
        """The title in lower case, with a capital at the start of each sentence."""
        title = field(which_field, apply_func=in_sentences)
        return sentence[title] if as_sentence else title

    def format_entry(self, label: str, entry: Entry, bib_data: object = None) -> FormattedEntry:
        """The entry; an address in its note is a link."""
        formatted = super().format_entry(label, entry, bib_data)
        for url in ADDRESS.findall(entry.fields.get("note", "")):
            link = Text(HRef(url, url.removeprefix("https://")))
            formatted.text = link.join(formatted.text.split(url))
        return formatted


def in_sentences(title: Text) -> Text:
    """Sentence case for each sentence of a title."""
    title = title.capitalize()
    for end in ENDS:
        title = Text(end).join(part.capfirst() for part in title.split(end))
    return title


@node
def address(children: list, context: dict) -> Text:
    """The entry's address as it is read aloud."""
    return Text(context["entry"].fields["url"].removeprefix("https://").removesuffix("/"))


def setup(app: Sphinx) -> dict:
    """Register the style, under the name that the configuration gives it."""
    register_plugin("pybtex.style.formatting", "short_links", ShortLinks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
