"""The printed book: one file with a cover, an outline, page numbers and links that stay inside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ftsec.execution.pdf import mend_outline, prepare
from ftsec.execution.project import find_project
from tests.conftest import CHROMIUM

PAGE = """<html lang="en"><head><meta charset="utf-8"><title>Landing \u2014 A book</title></head><body>
<div id="jb-print-toc"><h2>Contents</h2><nav><p role="heading" aria-level="2">Part</p>
<a href="#document-notebooks/01_first">First</a></nav></div>
<article class="bd-article"><section id="a-book"><h1>A book<a class="headerlink" href="#a-book">#</a></h1>
<span id="document-notebooks/01_first"></span><section id="first"><h2>First chapter</h2>
<p id="verdict">First verdict</p><a id="own" href="#verdict">own</a> <a id="cite" href="book/index.html#id2">cited</a>
<a id="claim" href="14_ledger.html#C001">C001</a> <a id="data" href="../_static/chapters/data.csv">Data</a>
<a id="away" href="https://example.org/">away</a><details class="quiz"><summary>A.</summary><p>Yes</p></details>
<div class="ftsec-living">play</div></section>
<span id="document-notebooks/14_ledger"></span><section id="ledger"><h2>Ledger</h2><p id="verdict">Second verdict</p>
<p id="id2">A note</p><p id="C001">The claim</p></section>
<span id="document-book/bibliography"></span><section id="bibliography"><h2>Sources</h2><p id="id2">A work</p></section>
</section></article></body></html>"""


@pytest.fixture
def tab(browser, tmp_path: Path):
    style = (find_project(Path(__file__)).root / "book" / "_static" / "ftsec.css").read_text(encoding="utf-8")
    (tmp_path / "print.html").write_text(PAGE.replace("</head>", f"<style>{style}</style></head>"), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "print.html").as_uri())
    yield page
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("link", "words"), [("own", "First verdict"), ("cite", "A work"), ("claim", "The claim"), ("data", None)]
)
def test_links_lead_to_their_place_in_the_one_file(tab, link: str, words: str | None):
    prepare(tab, [])
    assert words == tab.evaluate(
        "id => { const href = document.querySelector(`[id$='${id}']`).getAttribute('href');"
        " return href && document.getElementById(href.slice(1)).textContent; }",
        link,
    )


@pytest.mark.browser
def test_what_needs_a_screen_is_gone_and_what_was_folded_is_open(tab):
    headings = prepare(tab, ["Version 1"])
    assert headings == ["A book", "First chapter", "Ledger", "Sources"]
    assert tab.locator("text=Yes").is_visible()
    assert tab.locator(".ftsec-living, .headerlink, [role=heading]").count() == 0
    assert tab.locator(".ftsec-cover").inner_text().split() == [
        "A",
        "book",
        "Version",
        "1",
        "Contents",
        "Part",
        "First",
    ]


@pytest.mark.browser
def test_the_print_is_tagged_has_an_outline_and_names_no_file_of_this_machine(tab, tmp_path: Path):
    tab.close()  # print_page starts its own browser beside this one, in a process of its own
    done = _print_elsewhere(tmp_path / "print.html", tmp_path / "book.pdf")
    assert done.returncode == 0, done.stderr
    printed = (tmp_path / "book.pdf").read_bytes()
    assert b"/StructTreeRoot" in printed and b"/Marked true" in printed
    titles = re.findall(rb"/Title \(([^)]*)\)", printed)
    assert {b"First chapter", b"Ledger", b"Sources"} <= set(titles)
    assert b"file:" not in printed and b"https://example.org/" in printed
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 5  # cover, landing page, three pages of the book


def _print_elsewhere(page: Path, target: Path):
    """Playwright allows one synchronous instance a process, and the tests' browser is that."""
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from ftsec.execution.pdf import print_page;"
        "print_page(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), ['Version 1'])"
    )
    command = [sys.executable, "-c", code, str(CHROMIUM), str(page), str(target)]
    return subprocess.run(command, capture_output=True, text=True)


def test_an_entry_of_the_outline_reads_as_its_heading_and_no_address_moves():
    headings = ["Where to go", "A (long) heading over two lines", "Verdict", "Where"]
    printed = (
        rb"1 0 obj /Title (Where to goWhere to go) endobj 2 0 obj /Title (Verdict) endobj "
        rb"3 0 obj /Title (A \(long\) heading A \(long\) heading over two lines) endobj 4 0 obj /Title (Else) endobj"
    )
    mended = mend_outline(printed, headings)
    assert len(mended) == len(printed) and mended.index(b"4 0 obj") == printed.index(b"4 0 obj")
    assert re.findall(rb"/Title \(((?:\\.|[^\\)])*)\)", mended) == [
        b"Where to go",
        b"Verdict",
        rb"A \(long\) heading over two lines",
        b"Else",
    ]
