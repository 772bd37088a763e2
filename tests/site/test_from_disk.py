"""The site opened from disk, without any server: everything works that works over HTTP, and nothing complains."""

from __future__ import annotations

import pytest

from tests.site.conftest import DESKTOP

pytestmark = pytest.mark.browser


@pytest.fixture
def disk(browser, project):
    """A function that opens a page's file; what goes wrong is in its list `errors`."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("requestfailed", lambda request: page.errors.append(request.url))

    def go(name: str, query: str = "") -> object:
        page.goto((project.site / name).as_uri() + query)
        return page

    yield go
    context.close()


def test_the_front_door_leads_to_the_book(disk):
    page = disk("index.html")
    page.wait_for_url("**/book/index.html")
    assert page.errors == []


def test_search_finds_a_term(disk):
    page = disk("search.html", "?q=safety")
    page.wait_for_selector("#search-results li")
    assert page.locator("#search-results li").count() >= 3
    assert page.errors == []


def test_search_finds_a_claim_by_its_id_and_no_code(disk):
    page = disk("search.html", "?q=C045")
    page.wait_for_selector("#search-results li")
    first = page.locator("#search-results li").first
    assert first.locator("a").first.get_attribute("href").endswith("14_claims_ledger.html#C045")
    assert "C045" in first.inner_text() and len(first.inner_text()) > len("C045 (Ledger claim, in The claims ledger)")
    page = disk("search.html", "?q=frame_table")
    page.wait_for_function("document.querySelector('.search-summary').textContent.includes('did not match')")
    assert page.errors == []


def test_ticks_of_the_run_protocol_are_remembered(disk):
    page = disk("book/run-protocol.html")
    box = page.locator(".task-list-item-checkbox").nth(1)
    box.check()
    page.reload()
    assert box.is_checked() and page.locator(".ftsec-ticks output").inner_text().startswith("1 of ")
    page.get_by_role("button", name="Clear all ticks").click()
    assert not box.is_checked()
    assert page.errors == []


def test_the_old_address_of_a_moved_cell_leads_to_it(disk):
    page = disk("notebooks/16_testbed.html", "#cell-16-gate-run")
    page.wait_for_url("**/16d_gates_and_repeats.html#cell-16d-gate-run")
    assert page.locator("#cell-16d-gate-run").count() == 1
    assert page.errors == []


def test_sliders_and_quizzes_work(disk):
    page = disk("notebooks/02_safety_asymmetry.html")
    box = page.locator(".ftsec-living").first
    box.scroll_into_view_if_needed()
    box.locator("canvas").wait_for()
    words, slider = box.locator(".ftsec-living-words"), box.locator("input").last
    slider.focus()
    page.keyboard.press("End")
    first = words.inner_text()
    page.keyboard.press("Home")
    assert words.inner_text() != first
    for question in page.locator(".ftsec-quiz fieldset").all():
        question.locator("input").first.check()
    page.get_by_role("button", name="Show the answers").click()
    assert " right." in page.locator(".ftsec-quiz-told").inner_text()
    assert page.errors == []


def test_the_ledger_filters(disk):
    page = disk("notebooks/14_claims_ledger.html")
    rows = page.locator(".ledger tbody tr:visible")
    everything = rows.count()
    page.locator(".ledger-controls input").first.fill("gpt-4")
    page.wait_for_function(
        "all => [...document.querySelectorAll('.ledger tbody tr')].filter(r => r.offsetParent).length < all",
        arg=everything,
    )
    assert 0 < rows.count() < everything
    assert page.errors == []
