"""The printed book: one file with a title page, contents with page numbers, an outline, links that stay inside it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from ftsec.base.project import find_project
from ftsec.printing.pdf import prepare, style
from ftsec.printing.pdf_outline import pages_of_places, with_outline
from tests.conftest import CHROMIUM
from tests.printing.paper import BROKEN_WORDS, PAGE, lines_on_pages


@pytest.fixture
def tab(browser, tmp_path: Path):
    sheet = (find_project(Path(__file__)).root / "book" / "_static" / "ftsec.css").read_text(encoding="utf-8")
    (tmp_path / "print.html").write_text(PAGE.replace("</head>", f"<style>{sheet}</style></head>"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 620, "height": 900})  # between the margins of A4
    page.emulate_media(media="print")
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
def test_title_page_and_contents_come_first_and_headings_have_part_and_number(tab):
    headings = prepare(tab, ["Version 1"])
    assert headings == ["Contents", "A book", "Part", "01 First chapter", "Quiz", "Later", "14 Ledger", "Sources"]
    assert tab.locator(".ftsec-cover").inner_text().startswith("A book\n")
    assert tab.locator(".ftsec-contents p").all_inner_texts() == ["Part", "Later"]
    entries = tab.locator(".ftsec-contents li").all_inner_texts()
    assert [each.split() for each in entries] == [["01", "First", "chapter", "000"], ["14", "Ledger", "000"]]
    assert tab.locator("[role=heading], .headerlink").count() == 0


@pytest.mark.browser
def test_nothing_that_needs_a_screen_is_left(tab):
    prepare(tab, [])
    assert tab.locator("details, summary, button, input, script, .ftsec-living, [id$=playing]").count() == 0
    tick = tab.evaluate("""() => [...document.querySelectorAll(".ftsec-tick")].map((box) => {
        const words = document.createRange();
        words.selectNodeContents(box.parentElement);
        words.setStartAfter(box);
        return box.getBoundingClientRect().right < words.getBoundingClientRect().left;
      })""")
    assert tick == [True]  # the box to tick with a pen stands beside its words
    text = tab.locator("article").inner_text()
    assert "Solution 2" in text and "Hint\nThink." in text.replace("\n\n", "\n")
    assert "Hide" not in text and "9 MB" not in text and "this browser" not in text and "Fig. 7" not in text
    assert tab.locator("img[src*='-top.']").count() == 0  # a figure cut for the top of a page, which stands whole below
    assert tab.locator(".ledger th").inner_text() == "Claim"  # the button that sorted is gone, its word is not


@pytest.mark.browser
def test_a_quiz_tells_its_answers_after_the_last_question(tab):
    prepare(tab, [])
    text = re.sub(r"\s*\n\s*", "\n", tab.locator("[id$='/quiz']").inner_text())
    assert text == (
        "Quiz\nDecide before you read the answers below the last question.\n1. Is it so?\nA. Perhaps.\nB. Surely.\n"
        "Answers\nQuestion 1\nA. No. It is not.\nB. Yes. It is."
    )


@pytest.mark.browser
def test_a_table_keeps_its_caption_before_it_and_its_words_whole(tab):
    prepare(tab, [])
    assert tab.evaluate(BROKEN_WORDS) == []
    assert tab.locator(".ftsec-table > .ftsec-caption + table").count() == 1


@pytest.mark.browser
def test_a_table_of_six_columns_of_words_becomes_entries_without_what_is_empty(tab):
    prepare(tab, [])
    assert tab.locator(".ftsec-caption + .ftsec-entry").all_inner_texts() == [
        "Lisa Source: Huang. Helped: much. Broken by: steps. Outcome: undone."
    ]


@pytest.mark.browser
def test_the_scripts_of_the_site_do_not_run_in_the_print(tab, tmp_path: Path):
    (tmp_path / "fold.js").write_text("document.body.remove()", encoding="utf-8")
    page = PAGE.replace("</body>", '<script src="fold.js"></script></body>')
    (tmp_path / "print.html").write_text(page, encoding="utf-8")
    done = _print_elsewhere(tmp_path / "print.html", tmp_path / "book.pdf")
    assert done.returncode == 0, done.stderr
    assert "First verdict" in PdfReader(tmp_path / "book.pdf").pages[3].extract_text()


def test_fonts_of_the_print_are_there():
    site = find_project(Path(__file__)).root / "book"
    assert all((site / file).is_file() for file in re.findall(r'url\("(_static/fonts/[^"]+)"\)', style()))
    files = re.findall(r'url\("file://([^"]+)"\)', style())
    assert len(files) >= 4 and all(Path(file).is_file() for file in files)


@pytest.mark.browser
def test_the_print_is_tagged_has_an_outline_and_names_no_file_of_this_machine(tab, tmp_path: Path):
    tab.close()  # print_page starts its own browser beside this one, in a process of its own
    done = _print_elsewhere(tmp_path / "print.html", tmp_path / "book.pdf")
    assert done.returncode == 0, done.stderr
    printed = (tmp_path / "book.pdf").read_bytes()
    book = PdfReader(io.BytesIO(printed))
    catalog = book.root_object
    assert "/StructTreeRoot" in catalog and catalog["/MarkInfo"]["/Marked"] and catalog["/Lang"] == "en"
    assert catalog["/PageMode"] == "/UseOutlines" and book.metadata.author == "The ftsec authors"
    assert {"01 First chapter", "14 Ledger", "Sources"} <= set(titles(book.outline))
    links = [
        link.get_object()["/A"] for page in book.pages for link in page.get("/Annots", []) if "/A" in link.get_object()
    ]
    addresses = {str(link["/URI"]) for link in links if "/URI" in link}
    assert "https://example.org/" in addresses and not any(address.startswith("file:") for address in addresses)
    assert str(tmp_path).encode() not in printed
    assert len(book.pages) == 6  # title, contents, landing page, three pages of the book
    places = pages_of_places(printed)
    assert places["notebooks/01_first/first"] == 4 and places["notebooks/14_ledger/ledger"] == 5
    assert min(lines_on_pages(printed)) > 0


def _print_elsewhere(page: Path, target: Path):
    """Playwright allows one synchronous instance a process, and the tests' browser is that."""
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from ftsec.printing.pdf import print_page;"
        "print_page(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), ['Version 1'])"
    )
    command = [sys.executable, "-c", code, str(CHROMIUM), str(page), str(target)]
    return subprocess.run(command, capture_output=True, text=True)


def titles(outline: list) -> list[str]:
    return [name for entry in outline for name in (titles(entry) if isinstance(entry, list) else [entry.title])]


def small_pdf(*words: str) -> bytes:
    """Pages with an entry each: the first at the top of the outline, the others below it."""
    writer, first, file = PdfWriter(), None, io.BytesIO()
    for page, word in enumerate(words):
        writer.add_blank_page(100, 100)
        entry = writer.add_outline_item(title=word, page_number=page, parent=first)
        first = first or entry
        writer.add_named_destination(f"a/{page}", page)
    writer.write(file)
    return file.getvalue()


def test_the_outline_reads_as_the_headings_do():
    printed = small_pdf("Where to goWhere to go", "A (long) A (long) one", "End")
    done = PdfReader(
        io.BytesIO(with_outline(printed, {"/Author": "We (all)"}, ["Where to go", "A (long) “one”", "End"]))
    )
    assert titles(done.outline) == ["Where to go", "A (long) “one”", "End"]
    assert done.metadata.author == "We (all)" and done.root_object["/PageMode"] == "/UseOutlines"
    assert pages_of_places(printed) == {"a/0": 1, "a/1": 2, "a/2": 3}


def test_an_outline_that_does_not_fit_the_headings_is_an_error():
    with pytest.raises(ValueError, match="1 entries for 2 headings"):
        with_outline(small_pdf("One"), {}, ["One", "Two"])
