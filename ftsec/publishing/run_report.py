"""Reports that stand alone: one HTML file with its style and its pictures inside, no script, no other host."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.running.store import Run

ReportMaker = Callable[[Path, Run, Path], str]

STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
img { max-width: 100%; height: auto; background: white }
.ftsec-table { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; margin: .6rem 0 }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem }
th, td { text-align: right; padding: .2rem .7rem; border-bottom: 1px solid light-dark(#d5d8dc, #444) }
th:first-child, td:first-child { text-align: left; padding-left: 0 }
"""
FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+?)\$(?![\w$])", re.DOTALL)
NEEDED = "a report needs nbconvert and MyST, which come with: pip install 'ftsec[book]'"
CITATION = re.compile(r"\{cite[:a-z]*\}`([^`]+)`")


def reports_available() -> bool:
    """Whether the packages that turn notebooks into HTML are installed; they come with the extra ``book``."""
    return all(find_spec(name) is not None for name in ("nbconvert", "myst_parser"))


def report_maker() -> ReportMaker | None:
    """What a run makes its report with; None where the packages for it are missing."""
    return notebook_report if reports_available() else None


def needed_report_maker() -> ReportMaker:
    """What runs make their reports with.

    Raises:
        InputError: if its packages are not installed.
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


def notebook_report(notebook: Path, run: Run, root: Path) -> str:
    """An executed notebook as one HTML page, with what the run was above it.

    Args:
        root: of the project that the chapter belongs to.

    Raises:
        InputError: if the packages for it are not installed.
    """
    if not reports_available():
        raise InputError(NEEDED)
    from ftsec.publishing.report.compose import report

    return report(notebook, run, Project(root))


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
