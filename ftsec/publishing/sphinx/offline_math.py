"""A Sphinx extension that keeps the site whole without any other host.

Formulas become MathML when the book is built, so that a page needs no script and no font to show them; scripts
that the theme's stock extensions would fetch from elsewhere (Thebe's live cells, which the book does not use) are
taken out of every page.
"""

from __future__ import annotations

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

UNUSED_SCRIPTS = ("thebe",)
FUNCTION = re.compile(r"<mi>([a-z]{2,})</mi>")
THEBE_SETTINGS = re.compile(
    r'<script type="text/x-thebe-config">.*?</script>|<script>kernelName = .*?</script>', re.DOTALL
)


def setup(app: Sphinx) -> dict:
    """Register the formula renderer and the page filter with Sphinx."""
    app.add_html_math_renderer("mathml", (visit_math, skip), (visit_math_block, skip))
    app.config.html_math_renderer_name = "mathml"
    app.connect("html-page-context", drop_unused_scripts, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def visit_math(translator: nodes.NodeVisitor, node: nodes.math) -> None:
    """An inline formula; docutils is told that its children are done."""
    translator.body.append(_mathml(node, "inline"))
    raise nodes.SkipNode


def visit_math_block(translator: nodes.NodeVisitor, node: nodes.math_block) -> None:
    """A displayed formula in a box that scrolls by itself when it is wider than the page."""
    formula = _mathml(node, "block")
    translator.body.append(f'<div class="math" tabindex="0" role="group" aria-label="Formula">{formula}</div>\n')
    raise nodes.SkipNode


def _mathml(node: nodes.TextElement, display: str) -> str:
    """The node's formula; names of functions are marked as upright, since the style sheet slants all other letters."""
    return FUNCTION.sub(
        r'<mi mathvariant="normal">\1</mi><mspace width="0.167em" />', convert(node.astext(), display=display)
    )


def skip(translator: nodes.NodeVisitor, node: nodes.Node) -> None:
    """Nothing is left to do when a formula has been visited."""


def drop_unused_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Take the scripts out of the page that name an unused extension, by file or in their body."""

    def used(script: object) -> bool:
        text = f"{script} {getattr(script, 'attributes', '')}".lower()
        return not any(name in text for name in UNUSED_SCRIPTS)

    for key in ("script_files", "css_files"):
        context[key] = [script for script in context.get(key, []) if used(script)]
    context["body"] = THEBE_SETTINGS.sub("", context.get("body", ""))
