"""The decks as an audience sees them: each slide whole on its screen, readable, quiet, accessible."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from ftsec.evidence import cite
from ftsec.teaching.kit import build_kit
from ftsec.teaching.slides.render import write_decks
from tests.site.conftest import PROJECT
from tests.site.test_browser import AXE_OPTIONS

pytestmark = pytest.mark.browser
SCREEN = {"width": 1280, "height": 720}
EVERYDAY = "05"
AXE = {**AXE_OPTIONS, "preload": False}  # a page opened as a file may not fetch its own style sheets
LEAST = {"width": 600, "type": 20}  # pixels: a figure's width, and the size of the type
RAW = r"\{\w[\w:-]*\}`|:::|\]\(|\$\$|\*\*"  # Markdown that nobody turned into anything
MEASURE = """() => {
  const slide = Reveal.getCurrentSlide();
  const seen = [...slide.querySelectorAll("*")].filter(each => !each.closest(".notes"));
  const worded = seen.filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
  const foot = document.querySelector(".foot").getBoundingClientRect().top;
  return {
    title: slide.querySelector("h1, h2").textContent,
    over: slide.scrollHeight > 720 || slide.scrollWidth > 1280,
    low: seen.filter(each => each.getBoundingClientRect().bottom > foot + 1).map(each => each.tagName),
    small: worded.filter(each => !each.closest("math") && parseFloat(getComputedStyle(each).fontSize) < TYPE)
      .map(each => each.textContent),
    narrow: seen.filter(each => each.tagName === "IMG" && !(each.width >= WIDTH)).map(each => each.alt),
    raw: (slide.innerText.match(/RAW/) || []).length > 0,
  };
}"""


@pytest.fixture(scope="module")
def folder(project, tmp_path_factory):
    """A function that writes the decks of some chapters into a folder of their own."""

    def written(*numbers: str) -> Path:
        target = tmp_path_factory.mktemp("slides")
        write_decks(project, [project.chapter(number) for number in numbers], target, cite)
        return target

    return written


@pytest.fixture
def show(browser):
    """A function that opens a file as one does without a server; errors and requests elsewhere fail the test."""
    contexts, wrong = [], []

    def opened(file: Path, query: str = "") -> object:
        contexts.append(browser.new_context(viewport=SCREEN, reduced_motion="reduce"))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url.startswith("http") else None)
        page.goto(file.as_uri() + query, wait_until="load")
        if file.name != "index.html":
            page.wait_for_function("Reveal.isReady()")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def everyday(folder):
    """The deck that is always looked at."""
    return next(folder(EVERYDAY).glob("*.slides.html"))


def others() -> list[str]:
    return [number for path in PROJECT.chapters() if (number := path.stem.split("_")[0]) != EVERYDAY]


@pytest.mark.parametrize("number", [EVERYDAY, *(pytest.param(number, marks=pytest.mark.slow) for number in others())])
def test_every_slide_fits_its_screen(show, folder, number: str):
    page = show(next(folder(number).glob("*.slides.html")))
    measure = MEASURE.replace("TYPE", str(LEAST["type"])).replace("WIDTH", str(LEAST["width"])).replace("RAW", RAW)
    for slide in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(f"Reveal.slide({slide})")
        found = page.evaluate(measure)
        assert not any(wrong for name, wrong in found.items() if name != "title"), found
        violations = Axe().run(page, options=AXE).response["violations"] if slide < 6 else []
        assert (found["title"], [each["id"] for each in violations]) == (found["title"], [])


def test_keys_move_and_nothing_moves_by_itself(show, everyday):
    page = show(everyday)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert page.evaluate("Reveal.getIndices().h") == 2
    page.keyboard.press("Home")
    assert page.evaluate("Reveal.getIndices().h") == 0
    assert page.evaluate("Reveal.getConfig().transition") == "none"
    assert page.evaluate("Reveal.getSlideNotes()").count("The one idea") == 1


def test_a_deck_prints_a_page_a_slide(show, everyday):
    page = show(everyday, "?print-pdf")
    page.wait_for_selector(".pdf-page", state="attached")
    slides = page.evaluate("Reveal.getTotalSlides()")
    assert page.locator(".pdf-page").count() == slides
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == slides


def test_the_list_leads_to_every_deck(show, folder):
    decks = folder("00", "17")
    page = show(decks / "index.html")
    links = page.locator("li a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert links == sorted(path.name for path in decks.glob("*.slides.html")) and len(links) == 2
    assert [each["id"] for each in Axe().run(page, options=AXE).response["violations"]] == []


def test_a_kit_takes_its_slides_along(project, tmp_path):
    build_kit(project, "two-hours", tmp_path, cite, slides=True)
    inside = sorted(path.stem for path in (tmp_path / "instructor" / "notebooks").glob("[0-9]*"))
    slides = tmp_path / "instructor" / "slides"
    assert [path.name for path in sorted(slides.glob("[0-9]*"))] == [f"{name}.slides.html" for name in inside]
    assert (slides / "reveal" / "reveal.js").exists() and not (tmp_path / "student" / "slides").exists()
