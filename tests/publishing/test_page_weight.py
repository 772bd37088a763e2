"""Light pages: one style sheet with what is used, one script, small pictures that are fetched when they are near."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib import get_data_path
from PIL import Image

from ftsec.publishing.sphinx.page_weight import Bundle, bundle, load_bundle, with_small_sheets
from ftsec.publishing.sphinx.pictures import describe_pictures
from ftsec.publishing.sphinx.styles import one_sheet

HEAD = (
    '<link rel="preload" as="script" href="{up}_static/a.js">\n'
    '<link href="{up}_static/one/a.css?digest=1" rel="stylesheet" />\n{style}'
    '<script src="{up}_static/documentation_options.js?v=1"></script>\n<script src="{up}_static/a.js?v=2"></script>\n'
    "<script>let hint = 'kept';</script>\n{script}"
)
PAGE = '<html><head><title>T</title>{head}</head><body><p class="used">words</p></body></html>'


def raw_page(up: str = "", style: str = "", script: str = "") -> str:
    return PAGE.format(head=HEAD.format(up=up, style=style, script=script))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A search page and a chapter with a script and a sheet of its own."""
    static = tmp_path / "_static"
    (static / "one").mkdir(parents=True)
    (static / "one" / "a.css").write_text('@import "../base.css"; .used { color: red } .unused { color: blue }')
    (static / "base.css").write_text("p { background: url(paper.png) }")
    (static / "a.js").write_text('"use strict"; document.title;')
    (static / "own.js").write_text("box.className = 'late';")
    (static / "documentation_options.js").write_text("const DOCUMENTATION_OPTIONS = {};")
    (tmp_path / "search.html").write_text(raw_page())
    own = ('<link rel="stylesheet" href="../_static/own.css">', '<script src="../_static/own.js"></script>')
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01.html").write_text(raw_page("../", *own))
    return tmp_path


def test_all_pages_load_one_sheet_and_one_script_beside_their_own(site: Path):
    bundle(site)
    page = (site / "notebooks" / "01.html").read_text()
    assert re.findall(r'<link[^>]*href="([^"?]*)', page) == ["../_static/book.css", "../_static/own.css"]
    assert re.findall(r'<script (\w+) src="([^"?]*)', page) == [
        ("defer", "../_static/book.js"),
        ("defer", "../_static/own.js"),
    ]
    assert "const DOCUMENTATION_OPTIONS = {};" in page and "let hint" in page


def test_a_small_sheet_of_one_page_stands_in_it_and_a_large_one_does_not(site: Path):
    bundle(site)
    own = site / "_static" / "own.css"
    for text, inside in (
        ("p { top: 0 }", True),
        ("p { top: 0 }" * 1000, False),
        ("p { background: url(a.png) }", False),
    ):
        own.write_text(text)
        page = with_small_sheets('<link rel="stylesheet" href="../_static/own.css">', site)
        assert ("<style>" in page) is inside and ("own.css" in page) is not inside


def test_of_the_components_script_only_the_words_of_components_in_use_count(site: Path):
    scripts = site / "_static" / "scripts"
    scripts.mkdir()
    (scripts / "bootstrap.js").write_text("let a = ['bs-tooltip-top', 'carousel-item']")
    sheet = site / "_static" / "one" / "a.css"
    sheet.write_text(".bs-tooltip-top { top: 0 } .carousel-item { top: 1px } .show { top: 2px }")
    page = raw_page(script='<script src="_static/scripts/bootstrap.js"></script>')
    (site / "search.html").write_text(page.replace('class="used"', 'class="used" data-bs-toggle="tooltip"'))
    bundle(site)
    text = (site / "_static" / "book.css").read_text()
    assert "tooltip" in text and ".show" in text and "carousel" not in text


def test_a_changed_script_has_another_address(site: Path):
    addresses = []
    for code in ("document.title;", "document.body;"):
        (site / "search.html").write_text(raw_page())
        (site / "_static" / "a.js").write_text(code)
        bundle(site)
        addresses.append(re.findall(r"book\.\w+\?v=\w+", (site / "search.html").read_text()))
    (sheet, script), (same_sheet, other_script) = addresses
    assert sheet == same_sheet and script != other_script


def test_one_strict_script_does_not_rule_the_others(site: Path):
    bundle(site)
    assert not (site / "_static" / "book.js").read_text().lstrip().startswith(('"use strict"', "'use strict'"))


def test_the_tabs_script_stays_where_there_are_tabs():
    common = Bundle(("_static/one/a.css",), ("_static/a.js",), "", "_static/book.css", "_static/book.js")
    page = raw_page(script='<script data-x="y" src="_static/design-tabs.js"></script>')
    assert "design-tabs" not in load_bundle(page, "", common)
    assert '<script defer data-x="y" src="_static/design-tabs.js">' in load_bundle(page + "sd-tab-set", "", common)


def test_a_page_that_loads_nothing_in_common_is_left_alone():
    common = Bundle(("_static/one/a.css",), ("_static/a.js",), "", "_static/book.css", "_static/book.js")
    page = '<html><head><title>T</title><link rel="stylesheet" href="slides.css"></head></html>'
    assert load_bundle(page, "", common) == page


def test_rules_stay_if_one_of_their_selectors_may_match(site: Path):
    sheet = site / "_static" / "one" / "a.css"
    sheet.write_text(
        ".used, .unused > b { color: red } #used .unused { color: blue } "
        "@media print { .unused { color: red } .used:not(.unused) { color: lime } } "
        "@media screen { .unused { color: red } }"
    )
    text = one_sheet(site, ["_static/one/a.css"], "used")
    assert ".used{color: red}" in text and ".used:not(.unused) {color: lime}" in text
    assert not any(gone in text for gone in ("unused >", "blue", "screen"))


def test_addresses_and_imports_are_followed_from_where_they_stand(site: Path):
    (site / "_static" / "one" / "a.css").write_text('@import "../base.css"; p { cursor: url("x.cur") }')
    text = one_sheet(site, ["_static/one/a.css"], "")
    assert "url(paper.png)" in text and "url(one/x.cur)" in text


def test_the_icon_font_comes_along_with_the_icons_in_use(site: Path):
    font = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    (site / "_static" / "fa-solid-900.ttf").write_bytes(font.read_bytes())
    (site / "_static" / "one" / "a.css").write_text(
        r"@font-face{font-family:Font Awesome\ 6 Free;font-weight:900;src:url(../fa-solid-900.ttf)}"
        r"@font-face{font-family:Other;src:url(../other.ttf)}"
        r'.used:before{content:"\2b"}.unused:before{content:"\2d"}'
    )
    text = one_sheet(site, ["_static/one/a.css"], "used")
    font = TTFont(io.BytesIO(base64.b64decode(re.search(r"base64,([^)]*)", text)[1])))
    assert set(font.getBestCmap()) == {ord("+")}
    assert "Other" not in text


def test_pictures_tell_their_size_and_only_one_near_the_top_is_fetched_at_once(tmp_path: Path):
    Image.new("RGB", (400, 60)).save(tmp_path / "a.png")
    image = '<img alt="A ramp" src="a.png" />'
    page = describe_pictures(f"<article>{image}{image}</article>", tmp_path)
    assert re.findall(r'width="(\d+)" height="(\d+)" (\w+)', page) == [
        ("400", "60", "fetchpriority"),
        ("400", "60", "loading"),
    ]
    assert "fetchpriority" not in describe_pictures(f"<article>{'words ' * 1000}{image}</article>", tmp_path)
    small = image.replace("<img", '<img class="ftsec-small"')
    assert describe_pictures(f"<article>{small}</article>", tmp_path).count('loading="lazy"') == 1
    assert describe_pictures(page, tmp_path) == page
