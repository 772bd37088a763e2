"""The whole book as one PDF: Jupyter Book's single page, printed by Chromium with outline, tags and page numbers."""

from __future__ import annotations

import os
import re
import shutil
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from ftsec import __version__
from ftsec.errors import InputError
from ftsec.execution.files import write_atomic
from ftsec.execution.offer import pdf_file, remember_print
from ftsec.execution.project import Project
from ftsec.execution.site import run_jupyter_book

TITLE = "The measured book of training-phase security"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")
SMALL = "font: 8px sans-serif; width: 100%; text-align: center; color: #54595e"
HEADER = f'<div style="{SMALL}"><span class="title"></span></div>'
FOOTER = f'<div style="{SMALL}"><span class="pageNumber"></span> / <span class="totalPages"></span></div>'
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
PREPARE = resources.files("ftsec.execution").joinpath("data/print.js")


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
    page = pages / "print.html"  # Sphinx writes addresses of the single page as if it lay at the top
    page.write_bytes((pages / "book" / "index.html").read_bytes())
    result = target or pdf_file(project)
    print_page(chromium, page, result, cover())
    if target is None:
        remember_print(project, staged)
    return result


def find_chromium() -> str:
    """The path of an installed Chromium; `FTSEC_CHROMIUM` names another one."""
    found = os.environ.get("FTSEC_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise InputError("printing needs a Chromium: install your system's chromium package, or set FTSEC_CHROMIUM")
    return found


def cover() -> list[str]:
    """What stands on the cover below the title."""
    day = datetime.now(UTC)
    return [
        "The ftsec authors",
        f"Version {__version__}, printed on {day.day} {day:%B %Y}",
        f"Cite as: The ftsec authors ({day.year}). {TITLE}. Version {__version__}.",
    ]


def print_page(chromium: str, page: Path, target: Path, facts: list[str]) -> None:
    """Print one HTML file that holds a whole book, as Sphinx's builder `singlehtml` writes it.

    Args:
        facts: lines for the cover.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        tab = browser.new_page(color_scheme="light")
        tab.goto(page.as_uri(), wait_until="load")
        headings = prepare(tab, facts)
        printed = tab.pdf(
            format="A4",
            margin=MARGIN,
            display_header_footer=True,
            header_template=HEADER,
            footer_template=FOOTER,
            tagged=True,
            outline=True,
        )
        browser.close()
    write_atomic(target, mend_outline(printed, headings))


def prepare(tab: object, facts: list[str]) -> list[str]:
    """Change the page in a browser tab into what is printed, wait for its pictures; returns the headings."""
    title = tab.title().split(" \u2014 ")[-1]
    tab.evaluate(PREPARE.read_text(encoding="utf-8"), {"title": title, "facts": facts})
    tab.evaluate("title => { document.title = title }", title)
    tab.evaluate("Promise.all([...document.images].map(each => each.decode().catch(() => null)))")
    return tab.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(each => each.textContent.trim())")


def mend_outline(printed: bytes, headings: list[str]) -> bytes:
    """The PDF with each entry of its outline as the heading reads.

    Chromium enters a heading that it moves to the next page with the words of both tries. The entry is shortened in
    place and filled up with spaces outside its brackets: no address in the file moves.
    """
    known = {heading for heading in headings if heading.isascii()}

    def mend(entry: re.Match) -> bytes:
        words = re.sub(rb"\\(.)", rb"\1", entry["words"]).decode("latin-1")
        if words in known:
            return entry[0]
        for heading in known:
            if words.endswith(heading) and heading.startswith(words.removesuffix(heading)):
                text = b"/Title (" + re.sub(rb"([\\()])", rb"\\\1", heading.encode()) + b")"
                return text.ljust(len(entry[0]))
        return entry[0]

    return re.sub(rb"/Title \((?P<words>(?:\\.|[^\\()])*)\)", mend, printed)
