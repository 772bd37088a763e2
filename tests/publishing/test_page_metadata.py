"""Descriptions, previews and the site map."""

import io
from xml.etree import ElementTree

from docutils.core import publish_doctree
from PIL import Image

from ftsec.publishing.sphinx.page_metadata import LONGEST_DESCRIPTION, describe, question, site_map
from ftsec.publishing.sphinx.share_cards import SIZE, preview_card


def test_a_page_is_described_by_its_first_running_text():
    text = "Title\n=====\n\nShort one.\n\nThe *second* paragraph says what the page is about.\n\nThe third does not."
    assert describe(publish_doctree(text)) == "The second paragraph says what the page is about."


def test_a_long_description_ends_at_a_word():
    description = describe(publish_doctree("Title\n=====\n\n" + "word " * 100))
    assert len(description) <= LONGEST_DESCRIPTION and description.endswith("word …")


def test_a_page_without_text_has_no_description():
    assert describe(publish_doctree("Title\n=====\n")) == ""


def test_the_site_map_names_every_page_at_its_address(monkeypatch):
    monkeypatch.setenv("FTSEC_BASE_URL", "https://example.org/book/")
    tree = ElementTree.fromstring(site_map(["book/index", "notebooks/a&b"]))
    assert [each[0].text for each in tree] == [
        "https://example.org/book/book/index.html",
        "https://example.org/book/notebooks/a&b.html",
    ]


def test_the_preview_asks_the_question_without_its_introduction():
    text = "Title\n=====\n\n**The question.** How do the two of them differ?\n"
    assert question(publish_doctree(text)) == "How do the two of them differ?"


def test_the_preview_holds_words_and_figure():
    buffer = io.BytesIO()
    Image.new("RGB", (1360, 560), "#ff0000").save(buffer, "png")
    with Image.open(io.BytesIO(preview_card("A title", "A question " * 10, buffer.getvalue()))) as card:
        shown = card.convert("RGB")
    assert shown.size == SIZE
    red = [shown.getpixel((x, y)) == (255, 0, 0) for x in range(70, 500, 10) for y in range(400, 590, 10)]
    assert sum(red) > 0.9 * len(red)
    assert shown.crop((60, 40, 600, 120)).convert("L").getextrema()[0] < 60  # ink of the title
