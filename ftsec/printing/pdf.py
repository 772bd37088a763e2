"""The whole book as one PDF: Jupyter Book's single page, printed by Chromium with outline, tags and page numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from ftsec import __version__
from ftsec.base.dates import date
from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.project import Project
from ftsec.printing.chromium import FLAGS, find_chromium
from ftsec.printing.pdf_outline import pages_of_places, with_outline
from ftsec.printing.tall_figures import HIGHEST, pieces_of
from ftsec.publishing.build_time import build_time
from ftsec.publishing.downloads import made_file, remember_made
from ftsec.publishing.site import SINGLE_PAGE, is_rendered, render

TITLE = "The measured book of training-phase security"
SUBTITLE = "How the risks of pre-training and of fine-tuning a language model differ, and what to do about it"
AUTHORS = "The ftsec authors"
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .map(each => each.textContent.replace(/\\s+/g, " ").trim())"""
PICTURES = "Promise.all([...document.images].map(each => each.decode().catch(() => null)))"
TALL_FIGURES = """highest => [...document.images]
  .filter(each => each.naturalHeight > highest * each.naturalWidth).map(each => each.src)"""
NUMBER_PAGES = """pages => document.querySelectorAll(".ftsec-contents a[href]").forEach(link => {
  const place = decodeURIComponent(link.getAttribute("href").slice(1));
  link.querySelector(".ftsec-contents-page").textContent = pages[place] ?? "";
})"""
SHEET = {"width": 707, "height": 1000}  # as high for its width as A4
NEWEST_WITHOUT = 130  # Chromium prints running heads and page numbers of a style sheet since version 131
DATA = resources.files("ftsec.printing").joinpath("data")
LETTERS = resources.files("matplotlib").joinpath("mpl-data/fonts/ttf")
FONTS = (  # family, style, weight, file: signs that the face of the site lacks, and code
    ("Book signs", "normal", 400, "STIXGeneral"),
    ("Book signs", "italic", 400, "STIXGeneralItalic"),
    ("Book signs", "normal", 700, "STIXGeneralBol"),
    ("Book signs", "italic", 700, "STIXGeneralBolIta"),
    ("Book code", "normal", 400, "DejaVuSansMono"),
    ("Book code", "normal", 700, "DejaVuSansMono-Bold"),
    ("Book code", "italic", 400, "DejaVuSansMono-Oblique"),
)


def print_book(
    project: Project, staged: str, target: Path | None = None, progress: Callable[[str], None] = lambda step: None
) -> Path:
    """Print the staged book; returns the file, by default the one that the site offers for download.

    Args:
        staged: digest of the staged content (see `stage`), kept with the file: the site offers no outdated print.
        progress: is called with a line for each step.

    Raises:
        InputError: if no Chromium is installed, or Jupyter Book reports an error.
    """

    def write(chromium: str, page: Path, result: Path) -> None:
        progress("printing it")
        print_page(chromium, page, result, cover())

    return from_single_page(project, "pdf", staged, target, progress, write)


def from_single_page(
    project: Project,
    kind: str,
    staged: str,
    target: Path | None,
    progress: Callable[[str], None],
    write: Callable[[str, Path, Path], None],
) -> Path:
    """Let `write` make a file of this kind from the staged book on one page; the site offers what has no `target`.

    Args:
        write: is called with the path of a Chromium, the single page, and the file to make.
    """
    chromium = find_chromium()
    page = single_page(project, staged, progress)
    result = target or made_file(project, kind)
    write(chromium, page, result)
    if target is None:
        remember_made(project, kind, staged)
    return result


def single_page(project: Project, staged: str, progress: Callable[[str], None]) -> Path:
    """The staged book as one page, rendered unless the one there was made of exactly this."""
    if not is_rendered(project, staged, SINGLE_PAGE):
        progress("rendering the book as one page")
        render(project, staged, SINGLE_PAGE)
    folder = project.build / SINGLE_PAGE
    # Sphinx writes addresses of the single page as if it lay at the top
    return Path(shutil.copyfile(folder / "book" / "index.html", folder / "print.html"))


def cover() -> list[str]:
    """What stands on the cover below the title."""
    day = build_time()
    return [
        AUTHORS,
        f"Version {__version__}, {date(day)}",
        f"Cite as: {AUTHORS} ({day.year}). {TITLE}. Version {__version__}.",
    ]


def print_page(chromium: str, page: Path, target: Path, facts: list[str]) -> None:
    """Print one HTML file that holds a whole book, as Sphinx's builder `singlehtml` writes it.

    It is printed twice: the first time tells the pages that the contents name.

    Args:
        facts: lines for the cover.
    """
    with bound_book(chromium, page, facts) as (tab, headings):
        tab.evaluate(NUMBER_PAGES, pages_of_places(_printed(tab)))
        printed = _printed(tab)
    day = f"D:{build_time():%Y%m%d%H%M%S}Z"
    about = {"/Author": AUTHORS, "/Subject": SUBTITLE, "/CreationDate": day, "/ModDate": day}
    write_atomic(target, with_outline(printed, about, headings))


@contextmanager
def bound_book(chromium: str, page: Path, facts: list[str]) -> Iterator[tuple[object, list[str]]]:
    """The page in a browser tab, as it is printed, and its headings.

    Raises:
        InputError: if the Chromium is too old.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        if int(browser.version.split(".")[0]) <= NEWEST_WITHOUT:
            raise InputError(f"printing needs Chromium {NEWEST_WITHOUT + 1} or newer, this is {browser.version}")
        tab = browser.new_page(color_scheme="light", viewport=SHEET, device_scale_factor=2)
        tab.route("**/*.js", lambda script: script.abort())  # the site's scripts fold and sort, for a screen
        tab.goto(page.as_uri(), wait_until="load")
        yield tab, prepare(tab, facts)
        browser.close()


def prepare(tab: object, facts: list[str]) -> list[str]:
    """Change the page in a browser tab into what is printed, wait for its pictures and fonts; returns the headings."""
    title = tab.title().split(" \u2014 ")[-1]
    tab.add_style_tag(content=style())
    tab.evaluate(_script("paper.js"))
    tab.evaluate(PICTURES)
    _cut_tall_figures(tab)
    tab.evaluate(_script("print.js"), {"title": title, "subtitle": SUBTITLE, "facts": facts})
    tab.evaluate("title => { document.title = title }", title)
    tab.evaluate(PICTURES)
    tab.evaluate("document.fonts.ready.then(() => null)")
    return tab.evaluate(HEADINGS)


def _cut_tall_figures(tab: object) -> None:
    """A figure higher than a page gives way to its pieces."""
    for address in tab.evaluate(TALL_FIGURES, HIGHEST):
        pieces = pieces_of(Path(url2pathname(urlparse(address).path)))
        tab.evaluate(_script("pieces.js"), {"address": address, "pieces": [piece.as_uri() for piece in pieces]})


def style() -> str:
    """The style sheet of the printed book, with the fonts that it names."""
    faces = (
        f'@font-face {{ font-family: "{family}"; font-style: {slant}; font-weight: {weight};'
        f' src: url("{Path(str(LETTERS.joinpath(file))).as_uri()}.ttf"); }}\n'
        for family, slant, weight, file in FONTS
    )
    return "".join(faces) + _script("print.css")


def _script(name: str) -> str:
    return DATA.joinpath(name).read_text(encoding="utf-8")


def _printed(tab: object) -> bytes:
    return tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
