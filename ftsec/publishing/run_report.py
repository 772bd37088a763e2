"""Reports that stand alone: one HTML file with its style and its pictures inside, no script, no other host."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.running.store import Run

ReportMaker = Callable[[Path, Run, Path], str]

SHEET = "report.css"
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


def import_ahead() -> None:
    """Import what reports are made with while the kernel computes."""
    Thread(target=import_module, args=["ftsec.publishing.report.compose"], daemon=True).start()


def page(title: str, body: str, style: str = "", foot: str = "") -> str:
    """A whole HTML page around `body`, with the look of the book."""
    return (
        '<!DOCTYPE html>\n<html lang="en" id="top">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_sheet()}{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n{foot}</body>\n</html>\n"
    )


@cache
def _sheet() -> str:
    return resources.files("ftsec.publishing.report").joinpath(SHEET).read_text(encoding="utf-8")


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
