"""Reports that stand alone: one HTML file with its style and its pictures inside, no script, no other host."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from ftsec.base.errors import InputError

STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
pre, code { font: .85rem/1.45 ui-monospace, monospace }
pre { overflow-x: auto; padding: .6rem .8rem; margin: .4rem 0; border-radius: .3rem }
.input pre { background: light-dark(#f3f4f6, #22262b) }
.prompt, .anchor-link, .celltag_remove-input .input { display: none }
.ftsec-other-values { border-left: .25rem solid #0072b2; padding-left: .8rem }
.celltag_injected-parameters pre { border-left: .25rem solid #0072b2 }
.celltag_papermill-error-cell-tag { border-left: .25rem solid #c0392b; padding-left: .8rem }
img { max-width: 100%; height: auto; background: white }
.ftsec-table, .rendered_html, .output_area { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; margin: .6rem 0 }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem }
th, td { text-align: right; padding: .2rem .7rem; border-bottom: 1px solid light-dark(#d5d8dc, #444) }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
"""
FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+?)\$(?![\w$])", re.DOTALL)
NEEDED = "a report needs nbconvert, which comes with: pip install 'ftsec[book]'"
CITATION = re.compile(r"\{cite[:a-z]*\}`([^`]+)`")


def reports_available() -> bool:
    """Whether the package that turns notebooks into HTML is installed; it comes with the extra ``book``."""
    return find_spec("nbconvert") is not None


def report_maker() -> Callable[[Path, str], str] | None:
    """What a run makes its report with; None where the package for it is missing."""
    return notebook_report if reports_available() else None


def needed_report_maker() -> Callable[[Path, str], str]:
    """What runs make their reports with.

    Raises:
        InputError: if nbconvert is not installed.
    """
    if not reports_available():
        raise InputError(NEEDED)
    return notebook_report


def page(title: str, body: str, style: str = "") -> str:
    """A whole HTML page around `body`."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def notebook_report(notebook: Path, title: str) -> str:
    """An executed notebook as one HTML page; formulas become MathML where the converter is installed.

    Raises:
        InputError: if nbconvert is not installed.
    """
    if not reports_available():
        raise InputError(NEEDED)
    import nbformat
    from nbconvert import HTMLExporter
    from pygments.formatters import HtmlFormatter

    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        if cell.cell_type == "markdown":
            cell.source = plain_markdown(cell.source)
    body, _ = HTMLExporter(template_name="basic").from_notebook_node(content)
    return page(title, body, _highlighting(HtmlFormatter))


def plain_markdown(source: str) -> str:
    """The book's Markdown without what only the book can show: citations become keys, formulas MathML."""
    source = CITATION.sub(r"[\1]", source)
    if find_spec("latex2mathml") is None:
        return source
    from latex2mathml.converter import convert

    def formula(match: re.Match) -> str:
        block = match["block"]
        return convert(block.strip(), display="block") if block else convert(match["inline"], display="inline")

    return FORMULA.sub(formula, source)


def _highlighting(formatter: type) -> str:
    light = formatter(style="default").get_style_defs(".highlight")
    dark = formatter(style="github-dark").get_style_defs(".highlight")
    return f"@media (prefers-color-scheme: light) {{ {light} }}\n@media (prefers-color-scheme: dark) {{ {dark} }}"
