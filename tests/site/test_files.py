"""The built files, read without a browser: nothing points elsewhere, every link resolves, every figure is described."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ftsec.publishing.sphinx.page_html import PLAIN
from tests.site.conftest import PROJECT, page_names

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "srcset", "video": "src"}
FILE_NAME = re.compile(r"\.(png|svg|jpe?g|gif|webp)$|^[\w./-]+$", re.IGNORECASE)
NO_LOAD = ("canonical", "next", "prev", "index", "search", "genindex")  # rel values that load nothing


class Page(HTMLParser):
    """What a page loads, links to, shows and names."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.images: list[dict] = []
        self.ids: set[str] = set()
        self.empty_headers = 0
        self.description = ""
        self._header: str | None = None
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.ids |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag in LOADED and values.get(LOADED[tag]) and values.get("rel") not in NO_LOAD:
            self.loads.append(values[LOADED[tag]])
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
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


@pytest.mark.parametrize("name", page_names())
def test_a_page_loads_nothing_from_another_host(project, name: str):
    outside = [url for url in page(site_file(name)).loads if urlsplit(url).netloc]
    assert outside == []


def test_no_file_names_a_folder_of_this_machine(project):
    folder = f"{project.root}/".encode()
    assert [file.name for file in project.site.rglob("*") if file.is_file() and folder in file.read_bytes()] == []


def test_no_style_sheet_loads_from_another_host(project):
    pattern = re.compile(r"""(?:@import\s+|url\()\s*["']?(https?:)?//""")
    assert [file.name for file in project.site.rglob("*.css") if pattern.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", page_names())
def test_links_inside_the_site_resolve(project, name: str):
    source, broken = site_file(name), []
    for link in page(source).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (source.parent / unquote(parts.path)).resolve() if parts.path else source.resolve()
        if not _arrives(target, unquote(parts.fragment)):
            broken.append(link)
    assert broken == []


def _arrives(target: Path, fragment: str) -> bool:
    if not target.is_file():
        return False
    return not fragment or target.suffix != ".html" or fragment in page(target).ids


@pytest.mark.parametrize("name", page_names())
def test_every_picture_is_described_in_words(project, name: str):
    undescribed = [image.get("alt") for image in page(site_file(name)).images if _poor(image.get("alt"))]
    assert undescribed == []


def _poor(alt: str | None) -> bool:
    """Missing, a file name, or too short to say what is seen."""
    return not alt or bool(FILE_NAME.search(alt.strip())) or len(alt.split()) < 3


@pytest.mark.parametrize("name", page_names())
def test_every_figure_has_a_narrow_version_of_its_own_shape(project, name: str):
    wide = [image for image in page(site_file(name)).images if "ftsec-figure" in image.get("class", "")]
    assert wide or not any("_images/" in image.get("src", "") for image in page(site_file(name)).images)
    narrow = [load for load in page(site_file(name)).loads if "-narrow" in load]
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
