"""A Sphinx extension: entries of the bibliography give each address once, as a reader would write it.

The plain style prints a link and then, behind it, the arXiv number or DOI that leads to the same place.
"""

from __future__ import annotations

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.richtext import Text
from pybtex.style.formatting.plain import Style
from pybtex.style.template import Node, field, href, node, optional
from sphinx.application import Sphinx


class ShortLinks(Style):
    """The plain style with one link for each place."""

    def format_url(self, entry: Entry) -> Node:
        """The address, without ``https://``; nothing if the arXiv number or the DOI leads there."""
        if any(entry.fields.get(name, "\0") in entry.fields.get("url", "") for name in ("eprint", "doi")):
            return optional[field("no such field")]
        return href(field("url", raw=True))[address]


@node
def address(children: list, context: dict) -> Text:
    """The entry's address as it is read aloud."""
    return Text(context["entry"].fields["url"].removeprefix("https://").removesuffix("/"))


def setup(app: Sphinx) -> dict:
    """Register the style, under the name that the configuration gives it."""
    register_plugin("pybtex.style.formatting", "short_links", ShortLinks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
