"""Descriptions, cards for previews and the site map."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from ftsec.base.project import Project
from ftsec.publishing.build import build_book
from ftsec.publishing.publish import built_for
from ftsec.publishing.sphinx.page_metadata import site_map
from tests.small_book import Recorder

ADDRESS = "https://example.org/book/"


def test_the_site_map_names_every_page_at_its_address():
    tree = ElementTree.fromstring(site_map(["book/index", "notebooks/a&b"], ADDRESS))
    assert [each[0].text for each in tree] == [f"{ADDRESS}book/index.html", f"{ADDRESS}notebooks/a&b.html"]


def tags(page: Path) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:name|property)="([\w:]+)" content="([^"]*)"', page.read_text(encoding="utf-8")))


def test_every_page_has_its_description_and_with_an_address_its_card(book: Project, monkeypatch: pytest.MonkeyPatch):
    config = book.config.read_text(encoding="utf-8").replace("offline_math]", "page_metadata]")
    book.config.write_text(config, encoding="utf-8")
    (book.root / "book" / "index.md").write_text("# A small book\n\nIt says what it is about.\n", encoding="utf-8")
    build_book(book, Recorder(), workers=1)
    page = book.site / "book" / "index.html"
    assert tags(page)["description"] == tags(page)["og:description"] == "It says what it is about."
    assert "og:image" not in tags(page) and not (book.site / "sitemap.xml").exists()

    monkeypatch.setenv("FTSEC_BASE_URL", ADDRESS)
    assert build_book(book, Recorder(), workers=1).site_built
    card = tags(page)["og:image"].removeprefix(ADDRESS)
    assert built_for(book) == ADDRESS and f'<a href="{ADDRESS}">' in page.read_text(encoding="utf-8")
    assert tags(page)["og:url"] == f"{ADDRESS}book/index.html"
    with Image.open(book.site / card) as shown:
        assert shown.size == (1200, 630)
    assert tags(page)["og:image:width"] == "1200" and tags(page)["twitter:card"] == "summary_large_image"
    assert f"{ADDRESS}notebooks/01_one.html" in (book.site / "sitemap.xml").read_text(encoding="utf-8")
