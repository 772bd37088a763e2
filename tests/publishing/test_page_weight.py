"""Light pages: one style sheet with what is used, one script, small pictures that are fetched when they are near."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib import get_data_path
from PIL import Image

from ftsec.publishing.sphinx.page_weight import Bundle, bundle, load_bundle
from ftsec.publishing.sphinx.pictures import describe_pictures, shrink
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


def test_a_second_visit_changes_nothing_but_the_stamp_of_what_changed(site: Path):
    bundle(site)
    before = {path: path.read_text() for path in site.rglob("*.html")}
    bundle(site)
    assert before == {path: path.read_text() for path in site.rglob("*.html")}
    (site / "search.html").write_text(raw_page())  # as each build writes it
    (site / "_static" / "a.js").write_text("document.body;")
    bundle(site)
    chapter, stamp = site / "notebooks" / "01.html", re.compile(r"book\.js\?v=\w+")
    assert chapter.read_text() != before[chapter]
    assert stamp.sub("", chapter.read_text()) == stamp.sub("", before[chapter])


def test_one_strict_script_does_not_rule_the_others(site: Path):
    bundle(site)
    assert not (site / "_static" / "book.js").read_text().lstrip().startswith(('"use strict"', "'use strict'"))


def test_the_tabs_script_stays_where_there_are_tabs():
    common = Bundle(("_static/one/a.css",), ("_static/a.js",), "", {"_static/book.css": "1", "_static/book.js": "2"})
    page = raw_page(script='<script data-x="y" src="_static/design-tabs.js"></script>')
    assert "design-tabs" not in load_bundle(page, "", common)
    assert '<script defer data-x="y" src="_static/design-tabs.js">' in load_bundle(page + "sd-tab-set", "", common)


def test_a_page_that_loads_nothing_in_common_is_left_alone():
    common = Bundle(("_static/one/a.css",), ("_static/a.js",), "", {"_static/book.css": "1", "_static/book.js": "2"})
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


def picture(path: Path, mode: str = "RGBA", alpha: int = 255) -> Image.Image:
    """A drawing with a smooth ramp of more colours than a palette holds."""
    ramp = np.zeros((60, 400, 4), dtype=np.uint8)
    ramp[..., 0], ramp[..., 1], ramp[..., 3] = np.arange(400) % 256, np.arange(60)[:, None] * 4, alpha
    ramp[:20, :, :3] = 255
    image = Image.fromarray(ramp, "RGBA").convert(mode)
    image.save(path, dpi=(200, 200))
    return image


def test_a_picture_gets_a_palette_and_looks_the_same(tmp_path: Path):
    before = np.asarray(picture(tmp_path / "a.png").convert("RGB"), dtype=int)
    shrink(tmp_path / "a.png")
    after = Image.open(tmp_path / "a.png")
    assert after.mode == "P" and after.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    pixels = np.asarray(after.convert("RGB"), dtype=int)
    assert (pixels[:20] == 255).all()  # paper stays white
    assert np.abs(pixels - before).mean() < 5
    written = (tmp_path / "a.png").read_bytes()
    shrink(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == written


def test_a_see_through_picture_is_left_alone(tmp_path: Path):
    picture(tmp_path / "a.png", alpha=100)
    before = (tmp_path / "a.png").read_bytes()
    shrink(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == before


def test_pictures_tell_their_size_and_only_one_near_the_top_is_fetched_at_once(tmp_path: Path):
    picture(tmp_path / "a.png")
    image = '<img alt="A ramp" src="a.png" />'
    page = describe_pictures(f"<article>{image}{image}</article>", tmp_path)
    assert re.findall(r'width="(\d+)" height="(\d+)" (\w+)', page) == [
        ("400", "60", "fetchpriority"),
        ("400", "60", "loading"),
    ]
    assert "fetchpriority" not in describe_pictures(f"<article>{'words ' * 1000}{image}</article>", tmp_path)
    assert describe_pictures(page, tmp_path) == page
