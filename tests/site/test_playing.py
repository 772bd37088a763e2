"""The pieces to play with, on the built pages: there on a screen, left out on paper, where the plain figure speaks."""

from __future__ import annotations

import pytest

from tests.site.conftest import DESKTOP

pytestmark = pytest.mark.browser
HAND = {"width": 390, "height": 844}
PIECES = {
    "02_safety_asymmetry": (".ftsec-play-guess", "[role=slider]", "Home"),
    "06_safety_gates": (".ftsec-play-gate", "input", "9"),
    "16_testbed": (".ftsec-play-steps", "input", "End"),
}
EACH = pytest.mark.parametrize("chapter", PIECES)


@EACH
@pytest.mark.parametrize("viewport", [DESKTOP, HAND], ids=["desktop", "phone"])
def test_a_piece_answers_the_keyboard_and_keeps_to_the_page(visit, chapter: str, viewport: dict):
    box, field, key = PIECES[chapter]
    seen = visit(viewport, "dark")
    page = seen.go(f"notebooks/{chapter}.html")
    piece = page.locator(box)
    before = piece.evaluate("box => box.innerText + box.innerHTML")
    piece.locator(field).first.focus()
    page.keyboard.press(key)
    assert piece.evaluate("box => box.innerText + box.innerHTML") != before
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert (seen.outside, seen.errors, seen.missing) == ([], [], [])


@EACH
def test_a_piece_is_left_out_on_paper(visit, chapter: str):
    page = visit().go(f"notebooks/{chapter}.html")
    page.emulate_media(media="print")
    assert not page.locator(PIECES[chapter][0]).is_visible()


def test_on_paper_and_without_script_the_measured_curve_of_the_guess_is_there(visit, browser, address):
    page = visit().go("notebooks/02_safety_asymmetry.html")
    plain = page.locator("div.ftsec-guess-plain svg")
    assert not plain.is_visible()
    page.emulate_media(media="print")
    assert plain.is_visible() and page.locator("figcaption.ftsec-guess-plain").is_visible()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/notebooks/02_safety_asymmetry.html")
    assert page.locator("div.ftsec-guess-plain svg").is_visible()
    context.close()


def test_without_make_live_no_page_offers_to_run_code(visit, project):
    if (project.site / "_static/live").exists():
        pytest.skip("`make live` was made")
    page = visit().go("notebooks/02_safety_asymmetry.html")
    page.locator("details.ftsec-printed summary").first.click()
    assert page.get_by_role("button", name="Run this code here").count() == 0
