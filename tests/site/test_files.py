"""The built files, read without a browser: nothing points elsewhere, every link resolves, every figure is described."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from ftsec.publishing import site_check
from ftsec.publishing.site_check import faults
from ftsec.publishing.sphinx.page_html import PLAIN
from tests.site.conftest import PROJECT, page_names

FILE_NAME = re.compile(r"\.(png|svg|jpe?g|gif|webp)$|^[\w./-]+$", re.IGNORECASE)


class Page(site_check.Page):
    """What a page loads, links to, shows and names."""

    def __init__(self, file: Path) -> None:
        self.images: list[dict] = []
        self.empty_headers = 0
        self.description = ""
        self._header: str | None = None
        super().__init__(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attributes)
        values = dict(attributes)
        if tag == "meta" and values.get("name") == "description":
            self.description = values.get("content") or ""
        if tag == "img":
            self.images.append(values)
        if tag == "th":
            self._header = ""

    def handle_data(self, data: str) -> None:
        if self._header is not None:
            self._header += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "th" and self._header is not None:
            self.empty_headers += not self._header.strip()
            self._header = None


@cache
def page(file: Path) -> Page:
    return Page(file)


def site_file(name: str) -> Path:
    return PROJECT.site / name


def test_the_site_can_be_published(project):
    assert faults(project.site, {project.root, Path.home()}) == []


@pytest.mark.parametrize("name", page_names())
def test_every_picture_is_described_in_words(project, name: str):
    undescribed = [image.get("alt") for image in page(site_file(name)).images if _poor(image.get("alt"))]
    assert undescribed == []


IN_SMALL = re.compile(r"(in small|its upper part)\. ")


def _poor(alt: str | None) -> bool:
    """Missing, a file name, or too short to say what is seen."""
    return not alt or bool(FILE_NAME.search(alt.strip())) or len(alt.split()) < 3


@pytest.mark.parametrize("name", page_names())
def test_every_figure_has_a_narrow_version_of_its_own_shape(project, name: str):
    # an answer's box and a finding show a figure once more, as phones see it
    images = [image for image in page(site_file(name)).images if not IN_SMALL.search(image["alt"])]
    wide = [image for image in images if "ftsec-figure" in image.get("class", "")]
    assert wide or not any("_images/" in image.get("src", "") for image in images)
    narrow = {load for load in page(site_file(name)).loads if "-narrow" in load}
    assert len(narrow) == len(wide)
    assert [load for load in narrow if not (site_file(name).parent / load).is_file()] == []


@pytest.mark.parametrize("name", page_names())
def test_every_table_header_says_something(project, name: str):
    assert page(site_file(name)).empty_headers == 0


@pytest.mark.parametrize("alt", [None, "", "figure.png", "../_images/1a2b.png", "plot"])
def test_the_check_of_alternative_text_can_fail(alt: str | None):
    assert _poor(alt)
    assert not _poor("Refusal falls with the number of steps.")


@pytest.mark.parametrize("name", [name for name in page_names() if name != "search.html"])
def test_every_page_describes_itself(project, name: str):
    assert len(page(site_file(name)).description.split()) >= 5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_loses_its_mark_in_code_had_no_colour_of_its_own(theme: str):
    rules = (PROJECT.site / "_static/pygments.css").read_text(encoding="utf-8")
    rule = re.compile(rf'"{theme}"\] \.highlight ?(\.\w+)? {{[^}}]*?\bcolor: (#\w+)[^}}]*}}')
    colours = {name.removeprefix("."): colour for name, colour in rule.findall(rules)}
    assert {colours[name] for name in PLAIN} == {colours[""]}
    assert colours["k"] != colours[""]
