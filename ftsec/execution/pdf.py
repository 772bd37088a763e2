"""The whole book as one PDF: Jupyter Book's single page, printed by Chromium with outline, tags and page numbers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ftsec.errors import InputError
from ftsec.execution.offer import pdf_file, remember_print
from ftsec.execution.project import Project
from ftsec.execution.site import run_jupyter_book

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")
FOOTER = (
    '<div style="font: 8px sans-serif; width: 100%; text-align: center; color: #54595e">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}


def print_book(project: Project, staged: str, target: Path | None = None) -> Path:
    """Print the staged book; returns the file, by default the one that the site offers for download.

    Args:
        staged: digest of the staged content (see `stage`), kept with the file: the site offers no outdated print.

    Raises:
        InputError: if no Chromium is installed, or Jupyter Book reports an error.
    """
    chromium = find_chromium()
    run_jupyter_book(project, "--builder", "singlehtml")
    pages = project.build / "singlehtml"
    page = next(page for page in (pages / "book" / "index.html", pages / "index.html") if page.exists())
    result = target or pdf_file(project)
    _print(chromium, page, result)
    if target is None:
        remember_print(project, staged)
    return result


def find_chromium() -> str:
    """The path of an installed Chromium; `FTSEC_CHROMIUM` names another one."""
    found = os.environ.get("FTSEC_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise InputError("printing needs a Chromium: install your system's chromium package, or set FTSEC_CHROMIUM")
    return found


def _print(chromium: str, page: Path, target: Path) -> None:
    from playwright.sync_api import sync_playwright

    scratch = target.with_suffix(".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        tab = browser.new_page(color_scheme="light")
        tab.goto(page.as_uri(), wait_until="load")
        tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        tab.evaluate("document.querySelectorAll('img').forEach(each => each.loading = 'eager')")
        tab.pdf(
            path=str(scratch),
            format="A4",
            margin=MARGIN,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            tagged=True,
            outline=True,
        )
        browser.close()
    os.replace(scratch, target)
