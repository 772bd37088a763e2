"""Descriptions, previews and the site map."""

from xml.etree import ElementTree

from docutils.core import publish_doctree

from ftsec.execution.findable import LONGEST_DESCRIPTION, describe, site_map


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
