"""The book as an ePub: valid, whole, and readable without a screen's buttons."""

from __future__ import annotations

import io
import pickle
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ftsec.base.project import find_project
from ftsec.printing.epub import Page, as_epub, contents, face_rules, pygments_rules, text_face
from tests.conftest import CHROMIUM
from tests.printing.epub import faults
from tests.printing.paper import PAGE

DOT = bytes.fromhex("89504e470d0a1a0a") + b"rest of a picture"


def _pages(tmp_path: Path) -> list[Page]:
    picture = tmp_path / "a dot.png"
    picture.write_bytes(DOT)
    ground = '<section xmlns="http://www.w3.org/1999/xhtml" id="one">'
    formula = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>'
    shown = f'{ground}<h1>One</h1><img src="images/a dot.png" alt="A dot"/><a href="two.xhtml#end">on</a></section>'
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" aria-label="A line"><path d="M0 0h9"/></svg>'
    other = (
        f'{ground}<h1>A &amp; B</h1>{formula}{drawing}<p id="end"><a href="https://example.org/">away</a></p></section>'
    )
    return [
        Page("index.xhtml", "One", "", shown, (picture.as_uri(),)),
        Page("two.xhtml", "A & B", "Part <1>", other, formulas=True, drawings=True),
    ]


def test_an_epub_keeps_the_rules(tmp_path: Path):
    assert faults(as_epub(_pages(tmp_path), DOT)) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [("two.xhtml#end", "two.xhtml#nowhere"), ("images/a dot.png", "images/other.png"), ('alt="A dot"', 'alt=""')],
)
def test_the_check_of_the_rules_sees_what_is_wrong(tmp_path: Path, good: str, bad: str):
    first, *others = _pages(tmp_path)
    assert good in first.content
    assert faults(as_epub([first._replace(content=first.content.replace(good, bad)), *others], DOT)) != []


def test_contents_name_parts_and_pages():
    pages = [Page("a.xhtml", "A", "", ""), Page("b.xhtml", "B", "One & two", ""), Page("c.xhtml", "C", "Three", "")]
    listed = re.sub(r"\s+", "", contents(pages).partition("<ol>")[2])
    assert listed.startswith(
        '<li><ahref="a.xhtml">A</a></li><li><span>One&amp;two</span><ol><li><ahref="b.xhtml">B</a></li></ol></li>'
        '<li><span>Three</span><ol><li><ahref="c.xhtml">C</a></li></ol></li></ol></nav>'
    )


def test_the_face_of_the_site_comes_along(tmp_path: Path):
    face = text_face(find_project(Path(__file__)).root / "book")
    made = as_epub(_pages(tmp_path), DOT, face_rules(face), face)
    assert faults(made) == []
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        named = re.findall(
            r"font-style: (\w+); font-weight: ([\d ]+); src: url\((.+?)\)", archive.read("EPUB/book.css").decode()
        )
        assert {(style, weight) for style, weight, _ in named} == {
            ("normal", "400"),
            ("italic", "400"),
            ("normal", "600 900"),
        }
        assert all(archive.read(f"EPUB/{file}") == face[file] for _, _, file in named)
        assert archive.read("EPUB/book.opf").count(b'media-type="font/woff2"') == len(face)


def test_code_keeps_its_colours(tmp_path: Path):
    (tmp_path / "_static").mkdir()
    rules = [f'html[data-theme="{mode}"] .highlight .k {{ color: {mode} }}\n' for mode in ("light", "dark")]
    (tmp_path / "_static" / "pygments.css").write_text("".join(rules), encoding="utf-8")
    assert pygments_rules(tmp_path) == ".highlight .k { color: light }"


@pytest.mark.browser
def test_the_single_page_is_taken_apart(browser, tmp_path: Path):
    (tmp_path / "print.html").write_text(PAGE, encoding="utf-8")
    pages, front = _pages_elsewhere(tmp_path / "print.html")
    assert [(page.file, page.title, page.part) for page in pages] == [
        ("index.xhtml", "A book", ""),
        ("01_first.xhtml", "01 First chapter", "Part"),
        ("14_ledger.xhtml", "14 Ledger", "Later"),
        ("bibliography.xhtml", "Sources", ""),
    ]
    made = as_epub(pages, front)
    assert faults(made) == []
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.read("EPUB/cover.png").startswith(DOT[:8])
        first = archive.read("EPUB/01_first.xhtml").decode()
    assert 'href="14_ledger.xhtml#C001"' in first and 'href="bibliography.xhtml#id2"' in first
    assert "<h1" in first and "<h3" not in first and "Solution 2" in first and "living_figure" not in first


def _pages_elsewhere(page: Path) -> tuple[list[Page], bytes]:
    """Playwright allows one synchronous instance a process, and the tests' browser is that."""
    code = (
        "import pickle, sys; from pathlib import Path; from ftsec.printing.epub import pages_of;"
        "sys.stdout.buffer.write(pickle.dumps(pages_of(sys.argv[1], Path(sys.argv[2]))))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(CHROMIUM), str(page)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)
