"""The ledger: complete without script; with it searched, filtered and sorted, also from the keyboard."""

import re
from pathlib import Path

import pytest

from ftsec.evidence import claims, measurements
from ftsec.evidence.references import sources
from ftsec.figures.literature.ledger import Ledger

STATIC = Path(__file__).parents[2] / "book" / "_static"


@pytest.fixture(scope="module")
def ledger():
    return Ledger(claims(), measurements(), sources())


def test_every_claim_is_a_row_with_its_own_id(ledger):
    page = ledger._repr_html_()
    assert re.findall(r'<tr id="(C\d+)"', page) == list(claims()["claim_id"])
    assert page.count('<th scope="row">') == len(claims()) and "<caption>" in page


def test_every_linked_figure_is_shown_and_weak_ones_are_marked(ledger):
    page = ledger._repr_html_()
    weak = set(measurements().query("provenance in ['notes', 'secondary', 'memory']")["measurement_id"])
    for claim_id, ids in claims()[["claim_id", "measurement_ids"]].itertuples(index=False):
        row = re.search(rf'<tr id="{claim_id}".*?</tr>', page, flags=re.DOTALL)[0]
        items = re.findall(r"<li>(M\d+):(.*?)</li>", row)
        assert [id_ for id_, _ in items] == list(ids)
        assert {id_ for id_, text in items if "‡" in text} == weak & set(ids)


def test_plain_text_has_one_line_a_claim(ledger):
    lines = repr(ledger).splitlines()
    assert len(lines) == len(claims()) + 1 and lines[5].startswith("C005 00")


@pytest.fixture
def page(browser, ledger, tmp_path):
    """A page of its own for each test: none sees what another sorted or searched."""
    script = (STATIC / "ledger.js").read_text(encoding="utf-8")
    file = tmp_path / "page.html"
    body = f"<body>{ledger._repr_html_()}<script>{script}</script></body>"
    file.write_text(f"<!doctype html><html lang='en'><title>Ledger</title>{body}</html>", encoding="utf-8")
    shown = browser.new_page()
    shown.goto(file.as_uri())
    yield shown
    shown.close()


def visible(page):
    return page.eval_on_selector_all("#ledger tbody tr:not([hidden])", "rows => rows.map(row => row.id)")


@pytest.mark.browser
def test_search_and_filters_narrow_the_table(page):
    page.get_by_label("Verdict").select_option("contradicted")
    wrong = list(claims().query("verdict == 'contradicted'")["claim_id"])
    assert visible(page) == wrong
    page.get_by_label("Defect").select_option("typography")
    typos = list(claims().query("verdict == 'contradicted' and defect_kind == 'typography'")["claim_id"])
    assert visible(page) == typos and "C102" in typos
    assert page.locator("output").inner_text() == f"{len(typos)} of {len(claims())} claims"
    page.get_by_label("Search").press("Escape")
    assert len(visible(page)) == len(claims())
    page.get_by_label("Search").fill("wikipedia revert")
    assert visible(page) == ["C034"]
    page.get_by_label("Search").press("Escape")


@pytest.mark.browser
def test_a_view_has_an_address_and_can_be_reset(page):
    page.get_by_label("Verdict").select_option("contradicted")
    page.get_by_label("Search").fill("lora")
    shown, address = visible(page), page.url
    assert "verdict=contradicted" in address and "search=lora" in address
    page.goto("about:blank")
    page.goto(address)
    assert visible(page) == shown and 0 < len(shown) < len(claims())
    page.get_by_role("button", name="Reset").click()
    assert len(visible(page)) == len(claims()) and "?" not in page.url
    assert page.get_by_role("button", name="Reset").is_hidden()


@pytest.mark.browser
def test_where_nothing_fits_the_page_says_so_and_leads_back(page):
    page.get_by_label("Search").fill("nothing says this")
    assert page.get_by_text("No claim fits all of this.").is_visible() and page.locator("#ledger").is_hidden()
    page.get_by_role("button", name="Show all claims").click()
    assert len(visible(page)) == len(claims()) and page.locator("#ledger").is_visible()
    assert page.get_by_label("Search").evaluate("field => field === document.activeElement")


@pytest.mark.browser
def test_on_a_phone_the_evidence_of_a_claim_is_folded(page):
    evidence = page.locator("#C005 .ledger-evidence")
    assert evidence.evaluate("details => details.open")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("!document.querySelector('#C005 .ledger-evidence').open")
    evidence.locator("summary").first.click()
    assert evidence.locator(".works").first.is_visible()


def test_every_verdict_has_its_colour(ledger):
    page = ledger._repr_html_()
    sheet = (STATIC / "ftsec.css").read_text(encoding="utf-8")
    for verdict in claims()["verdict"].unique():
        style = f"verdict-{verdict.replace(' ', '-')}"
        assert f'class="verdict {style} ftsec-chip">{verdict}<' in page and f".{style} {{ color: var(--ftsec-" in sheet


@pytest.mark.browser
def test_sorting_works_from_the_keyboard_and_is_announced(page):
    header = page.locator("#ledger thead th").nth(2)
    header.locator("button").press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    order = page.eval_on_selector_all("#ledger tbody tr", "rows => rows.map(row => row.dataset.verdict)")
    assert order == sorted(order)
    header.locator("button").press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert page.locator("#ledger thead th").nth(0).get_attribute("aria-sort") == "none"


@pytest.mark.browser
def test_a_link_to_a_hidden_row_brings_it_back(page):
    page.get_by_label("Search").fill("nothing says this")
    assert visible(page) == []
    page.evaluate("location.hash = 'C042'")
    page.wait_for_function("!document.getElementById('C042').hidden")


@pytest.mark.browser
def test_the_page_has_no_accessibility_violation(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(
        page,
        options={
            "rules": {
                "landmark-one-main": {"enabled": False},
                "region": {"enabled": False},
                "page-has-heading-one": {"enabled": False},
            }
        },
    )
    assert found.violations_count == 0, found.generate_report()
