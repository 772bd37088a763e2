"""Chapters answer first: verdict and headline figure stand near the top; code is folded behind one switch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.site.conftest import DESKTOP, PROJECT

pytestmark = pytest.mark.browser
CHAPTERS = [f"notebooks/{chapter.stem}.html" for chapter in PROJECT.chapters()]
HAND = {"width": 390, "height": 844}
SCREENS = [(DESKTOP, 1.5), (HAND, 2)]
CHAPTER = "notebooks/02_safety_asymmetry.html"
ENDS = """() => [".ftsec-answer-words", ".ftsec-answer img"].map((part) =>
  document.querySelector(part).getBoundingClientRect().bottom + scrollY)"""
CODE = ".cell > .cell_input"


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize(("viewport", "screens"), SCREENS, ids=["desktop", "phone"])
def test_answer_and_headline_figure_are_near_the_top(visit, name: str, viewport: dict, screens: float):
    page = visit(viewport).go(name)
    assert max(page.evaluate(ENDS)) <= screens * viewport["height"]


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_figure_in_the_box_waits_is_described_and_leads_to_a_figure_with_a_caption(visit, name: str):
    page = visit().go(name)
    picture = page.locator(".ftsec-answer img")
    assert picture.get_attribute("loading") == "lazy"
    assert len(picture.get_attribute("alt").split()) > 8
    target = page.locator(page.locator(".ftsec-answer .image-reference").get_attribute("href"))
    assert target.locator("figcaption").inner_text().startswith("Figure ")
    assert page.locator("figcaption .caption-number").count() == 0


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_figure_that_a_chapter_draws_is_on_its_page_with_an_address(project, name: str):
    drawn = (project.executed / f"{Path(name).stem}.ipynb").read_text(encoding="utf-8").count('"image/png": ')
    page = (project.site / name).read_text(encoding="utf-8")
    names = re.findall(r'<figure [^>]*id="(fig-[^"]+)"', page)
    assert len(set(names)) == len(names) == drawn


def test_code_is_folded_until_a_reader_asks_and_stays_as_asked(visit):
    page = visit().go(CHAPTER)
    code, switch = page.locator(CODE), page.locator(".ftsec-code-switch")
    assert code.count() > 5 and not any(each.is_visible() for each in code.all())
    switch.focus()
    page.keyboard.press("Enter")
    assert switch.inner_text() == "Hide code" and all(each.is_visible() for each in code.all())
    page.goto(page.url.replace("02_safety_asymmetry", "03_data_sources"))
    assert page.locator(CODE).first.is_visible()
    page.locator(".ftsec-code-switch").click()
    assert not page.locator(CODE).first.is_visible()


def test_solutions_open_with_their_code_while_code_is_folded(visit):
    page = visit().go(CHAPTER)
    solution = page.locator("details.hide").first
    solution.locator("summary").click()
    assert solution.locator(".cell_input").is_visible()


def test_without_script_all_code_is_shown(browser, address):
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{CHAPTER}")
    assert all(each.is_visible() for each in page.locator(CODE).all())
    context.close()


def test_imports_are_not_on_the_page_and_printed_code_is(visit):
    page = visit().go(CHAPTER)
    assert "import pandas" not in page.content()
    page.locator("details.ftsec-printed summary").first.click()
    assert page.locator("details.ftsec-printed mark").first.is_visible()
    assert "def safety_trajectory(" in page.locator("details.ftsec-printed pre").first.inner_text()
