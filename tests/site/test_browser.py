"""The site as a reader's browser sees it: whole, quiet, accessible, usable by keyboard and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.site.conftest import DESKTOP, PHONE, PROJECT, page_names

pytestmark = pytest.mark.browser
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],  # otherwise axe describes every element that is as it should be
}
# tables of which a part lies beyond the edge; a wider font may push a few pixels of a figure there, no column
BEYOND_THE_EDGE = """() => [...document.querySelectorAll(".ftsec-table")]
  .filter((box) => box.scrollWidth > box.clientWidth + 8).map((box) => box.ariaLabel)"""
# axe cannot tell the contrast of words on a shade, such as the one at the edge of a table that scrolls, and is silent
# and what is about to fade is judged where it rests
AT_REST = "* { animation: none !important; background-image: none !important; transition: none !important }"
KINDS = {
    "desktop, light": ("light", DESKTOP), "phone, dark": ("dark", PHONE),
    "desktop, dark": ("dark", DESKTOP), "phone, light": ("light", PHONE),
}  # fmt: skip
PAGES = pytest.mark.parametrize("name", page_names())


class TestOnADesktopInTheLight:  # the two classes go to two workers
    @PAGES
    def test_a_page_is_whole_quiet_and_accessible(self, visit, name: str):
        check(visit, name, "desktop, light")


class TestOnAPhoneInTheDark:
    @PAGES
    def test_a_page_is_whole_quiet_and_accessible(self, visit, name: str):
        check(visit, name, "phone, dark")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["desktop, dark", "phone, light"])
@PAGES
def test_the_other_kinds_are_accessible_too(visit, name: str, kind: str):
    check(visit, name, kind)


def check(visit, name: str, kind: str) -> None:
    """The page in this mode and width: complete, no error, no sideways scroll, nothing for axe to object to."""
    scheme, viewport = KINDS[kind]
    seen = visit(viewport, scheme)
    page = seen.go(name)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(BEYOND_THE_EDGE) == []
    assert (seen.outside, seen.errors, seen.missing) == ([], [], [])
    page.add_style_tag(content=AT_REST)
    result = Axe().run(page, options=AXE_OPTIONS)
    assert _described(result.response["violations"]) == []


def _described(violations: list[dict]) -> list[str]:
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]


def test_what_a_page_asks_of_another_host_is_noticed(visit):
    """The tests above can fail: this page does what none of the book's may do."""
    seen = visit()
    page = seen.go("search.html")
    page.evaluate("new Promise(done => { const i = new Image(); i.onerror = done; i.src = 'http://example.org/' })")
    assert seen.outside == ["http://example.org/"]
    assert len(seen.errors) == 1  # the console says that the name was not resolved


def test_search_finds_a_term(visit):
    page = visit().go("search.html?q=safety")
    page.wait_for_selector("#search-results li")
    assert page.locator("#search-results li").count() >= 1


def test_the_next_page_is_reached_by_keyboard(visit):
    first, second = PROJECT.pages()[:2]
    page = visit().go(f"{first}.html")
    link = page.locator("a.right-next")
    for _ in range(400):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{second}.html")
    assert page.locator("h1").first.inner_text().strip()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_only_the_picture_of_the_width_is_fetched_and_turned_dark_where_the_page_is(visit, scheme: str, viewport: dict):
    seen = visit(viewport, scheme)
    fetched: list[str] = []
    seen.page.on("request", lambda request: fetched.append(request.url))
    page = seen.go("notebooks/15_dose_response.html")
    for picture in page.locator("img.ftsec-figure").all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("async picture => { await picture.decode(); return picture.naturalWidth }") > 0
        assert ("invert" in picture.evaluate("picture => getComputedStyle(picture).filter")) == (scheme == "dark")
    small = page.locator(".ftsec-answer img").get_attribute("src").rpartition("/")[2]  # one picture for every width
    pictures = [url for url in fetched if "_images/" in url and not url.endswith(small)]
    assert pictures
    assert {"-narrow" in url for url in pictures} == {viewport is PHONE}


@pytest.mark.parametrize("claim", ["C003", "C050", "C099"])
def test_a_link_to_a_claim_arrives_on_a_phone(browser, address, claim: str):
    """At once, however long the ledger is: motion is not reduced here."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/notebooks/14_claims_ledger.html#{claim}")
    page.wait_for_timeout(700)
    top = page.locator(f"#{claim}").evaluate("row => row.getBoundingClientRect().top")
    context.close()
    assert 0 <= top < 120
