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


PALE = """() => [...document.querySelectorAll(".bd-article :is(p, li, td, th, dt, h1, h2, h3, pre, code, span)")]
  .filter((each) => each.offsetParent && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((each) => {
    const box = each.closest("pre");
    const light = !box || getComputedStyle(box).backgroundColor === "rgb(243, 244, 245)";
    const [red, green, blue] = getComputedStyle(each).color.match(/[\\d.]+/g).map(Number);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 150 || !light;
  })
  .map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("name", ["book/run-protocol", "book/how-to-rerun", "notebooks/06_safety_gates"])
def test_a_dark_page_prints_dark_on_white(browser, address, name: str):
    context = browser.new_context(viewport=PAPER, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}/{name}.html", wait_until="load")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(PALE) == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"  # boxes to tick are white
    context.close()


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
