"""The whole book as `make pdf` and `make epub` make it: nothing broken, cut off, nearly empty or against the rules."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from ftsec.printing.pdf import prepare
from ftsec.printing.pdf_outline import pages_of_places
from tests.printing.epub import faults
from tests.printing.paper import BROKEN_WORDS, lines_on_pages
from tests.site.conftest import PROJECT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEXT = {"width": 620, "height": 900}  # 164 mm, the width of the text, at 96 dots per inch
ALMOST_NOTHING = 6  # lines of a page with its running head and number
OVER_THE_EDGE = """() => [...document.querySelectorAll(".ftsec-paper :is(pre, table, img, div.math)")]
  .filter((each) => each.getBoundingClientRect().width > 0)
  .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def printed(project, browser, tmp_path_factory) -> bytes:
    file = tmp_path_factory.mktemp("pdf") / "book.pdf"
    command = [sys.executable, "-m", "ftsec", "pdf", "--output", str(file)]
    done = subprocess.run(command, cwd=PROJECT.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return file.read_bytes()


@pytest.fixture(scope="module")
def epub(project, tmp_path_factory) -> bytes:
    file = tmp_path_factory.mktemp("epub") / "book.epub"
    command = [sys.executable, "-m", "ftsec", "epub", "--output", str(file)]
    done = subprocess.run(command, cwd=PROJECT.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return file.read_bytes()


@pytest.fixture
def paper(printed, browser):
    """The single page in a browser, as it is before it is cut into pages."""
    tab = browser.new_page(viewport=TEXT)
    tab.emulate_media(media="print")
    tab.route("**/*.js", lambda script: script.abort())
    tab.goto((PROJECT.build / "singlehtml" / "print.html").as_uri())
    prepare(tab, [])
    yield tab
    tab.close()


def test_no_page_is_empty_or_nearly_so(printed):
    pages = lines_on_pages(printed)
    few = {number: lines for number, lines in enumerate(pages, start=1) if lines < ALMOST_NOTHING}
    assert len(pages) > 100 and set(few) <= {1}, few  # the title page may


def test_every_chapter_has_its_page_in_order(printed):
    places = pages_of_places(printed)
    names = PROJECT.pages()[1:]
    starts = [min(page for place, page in places.items() if place.startswith(f"{name}/")) for name in names]
    assert starts == sorted(set(starts))


def test_every_picture_in_the_print_has_words(printed):
    objects = PdfReader(io.BytesIO(printed))
    known = (objects.get_object(number) for number in range(1, objects.trailer["/Size"]))
    figures = [each for each in known if isinstance(each, DictionaryObject) and each.get("/S") == "/Figure"]
    assert len(figures) > 50 and all(each.get("/Alt") for each in figures)


def test_nothing_is_broken_or_cut_off(paper):
    assert paper.evaluate(BROKEN_WORDS) == []
    assert paper.evaluate(OVER_THE_EDGE) == []


def test_nothing_asks_for_a_screen(paper):
    assert paper.locator("details, button, .ftsec-living").count() == 0
    text = paper.locator("main").inner_text()
    assert "Show code" not in text and "Hide " not in text and "Open an option" not in text


def test_the_epub_keeps_the_rules_and_holds_every_page(epub):
    assert faults(epub) == []
    with zipfile.ZipFile(io.BytesIO(epub)) as archive:
        names = set(archive.namelist())
    assert {f"EPUB/{page.split('/')[-1]}.xhtml" for page in PROJECT.pages()} <= names
