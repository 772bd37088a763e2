"""The Markdown of a chapter as HTML, by the book's own parser, with the few directives that chapters use."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

from docutils import nodes
from docutils.core import publish_parts
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.directives.body import Container
from myst_parser.parsers.docutils_ import Parser

from ftsec.publishing.report.citations import ROLES, Citations

EXTENSIONS = ("amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "linkify", "tasklist")
SETTINGS = {
    "myst_enable_extensions": EXTENSIONS,
    "myst_heading_anchors": 3,
    "myst_suppress_warnings": ["myst"],
    "doctitle_xform": False,
    "initial_header_level": 1,
    "report_level": 5,  # a word it does not know is shown as it is written
    "math_output": "MathML",
    "embed_stylesheet": False,
    "stylesheet_path": None,
    "syntax_highlight": "none",
    "raw_enabled": True,
}
ELSEWHERE = "https://book.invalid/"  # docutils knows no other page: links to one pass it as an address
LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#|data:)(?=[^)\s]+\))")
CLOAKED = re.compile(r'<span class="pre">([^<]*)</span>')
CODE = re.compile(r'<span class="docutils literal">([^<]*)</span>')  # docutils' word for code in a sentence


class Folded(Directive):
    """``{dropdown}``: opens without a script."""

    has_content, final_argument_whitespace, required_arguments = True, True, 1
    option_spec = {"open": directives.flag, "class": directives.class_option, "name": directives.unchanged}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        inside = nodes.container(classes=["inside"])
        self.state.nested_parse(self.content, self.content_offset, inside)
        summary = f'<details class="solution"><summary>{html.escape(self.arguments[0])}</summary>'
        return [nodes.raw("", summary, format="html"), inside, nodes.raw("", "</details>", format="html")]


def rendered(source: str, citations: Citations) -> str:
    """The HTML of a chapter's text; a link to another page of the book begins with `ELSEWHERE`."""
    with _known({"dropdown": Folded, "div": Container}, {name: citations.role for name in ROLES}):
        parts = publish_parts(
            LINK.sub(ELSEWHERE, source), parser=Parser(), writer_name="html5", settings_overrides=SETTINGS
        )
    return CODE.sub(lambda code: f"<code>{code[1]}</code>", CLOAKED.sub(r"\1", parts["body"]))


@contextmanager
def _known(some: dict, others: dict) -> Iterator[None]:
    """Directives and roles that docutils knows for a while: Sphinx would complain of names that are taken."""
    before = dict(directives._directives), dict(roles._roles)
    directives._directives.update(some)
    roles._roles.update(others)
    try:
        yield
    finally:
        for registry, kept in zip((directives._directives, roles._roles), before, strict=True):
            registry.clear()
            registry.update(kept)
