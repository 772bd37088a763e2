"""Pages on paper: at the width of A4 nothing is cut off, nothing scrolls, nothing stays folded in the outline."""

from __future__ import annotations

import pytest

from tests.site.conftest import PROJECT

pytestmark = pytest.mark.browser
PAPER = {"width": 673, "height": 1000}  # 178 mm, the width between the margins, at 96 dots per inch
CUT = """() => [...document.querySelectorAll(".bd-article :is(pre, table, img, div.math)")]
  .filter((each) => each.offsetParent && each.getBoundingClientRect().width > 0)
  .filter((each) => each.scrollWidth > each.clientWidth + 1 ||
    each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def paper(browser, address):
    """A page as its print would show it."""
    context = browser.new_context(viewport=PAPER)
    page = context.new_page()
    page.emulate_media(media="print")
    yield lambda name: page.goto(f"{address}/{name}.html", wait_until="load") and page
    context.close()


@pytest.mark.parametrize("name", PROJECT.pages())
def test_nothing_is_cut_off_on_paper(paper, name: str):
    page = paper(name)
    assert page.evaluate(CUT) == []
    assert not page.locator(".bd-sidebar-primary, .ftsec-living, .headerlink").first.is_visible()


def test_the_run_protocol_prints_on_one_sheet_with_its_ticks(paper):
    page = paper("book/run-protocol")
    page.locator(".task-list-item-checkbox").first.check(force=True)
    assert page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    assert page.locator(".task-list-item-checkbox").first.is_visible()


def test_without_scripts_the_run_protocol_prints_empty_boxes_on_one_sheet(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/book/run-protocol.html")
    assert page.locator(".task-list-item-checkbox").first.is_visible()
    assert page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    context.close()
