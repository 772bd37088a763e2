"""The whole book as one ePub: the printed book's pages, taken apart again, in the files that EPUB 3 asks for."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlparse
from urllib.request import url2pathname
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from ftsec import __version__
from ftsec.base.files import write_atomic
from ftsec.base.project import Project
from ftsec.printing.pdf import AUTHORS, SUBTITLE, TITLE, bound_book, cover, from_single_page
from ftsec.publishing.build_time import build_time

DATA = resources.files("ftsec.printing").joinpath("data")
NAMESPACES = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en"'
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
ACCESSIBLE = (
    ("accessMode", "textual"),
    ("accessMode", "visual"),
    ("accessModeSufficient", "textual"),
    ("accessibilityFeature", "alternativeText"),
    ("accessibilityFeature", "MathML"),
    ("accessibilityFeature", "structuralNavigation"),
    ("accessibilityFeature", "tableOfContents"),
    ("accessibilityHazard", "none"),
    ("accessibilitySummary", "Every figure has alternative text; formulas are MathML."),
)
TYPES = {
    ".xhtml": "application/xhtml+xml",
    ".css": "text/css",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".woff2": "font/woff2",
}


class Page(NamedTuple):
    """One file of the book; `part` is named by the first page of each part."""

    file: str
    title: str
    part: str
    content: str
    pictures: tuple[str, ...] = ()
    formulas: bool = False
    drawings: bool = False  # inside the page itself, as SVG

    @property
    def properties(self) -> str:
        """What the manifest says of the page's content."""
        return " ".join(name for name, there in (("mathml", self.formulas), ("svg", self.drawings)) if there)


def write_epub(
    project: Project, staged: str, target: Path | None = None, progress: Callable[[str], None] = lambda step: None
) -> Path:
    """Write the staged book as an ePub; arguments, result and errors as those of `ftsec.printing.pdf.print_book`."""

    def write(chromium: str, single: Path, result: Path) -> None:
        progress("taking the pages apart")
        pages, front = pages_of(chromium, single)
        face = text_face(single.parent)
        write_atomic(result, as_epub(pages, front, face_rules(face) + pygments_rules(single.parent), face))

    return from_single_page(project, "epub", staged, target, progress, write)


def pages_of(chromium: str, single: Path) -> tuple[list[Page], bytes]:
    """The files of the book in reading order, from Sphinx's single page, and a picture of the title page."""
    with bound_book(chromium, single, cover()) as (tab, _):
        tab.add_style_tag(content=".ftsec-cover { box-sizing: border-box; padding: 15mm 18mm; height: 1000px; }")
        front = tab.locator(".ftsec-cover").screenshot()
        found = tab.evaluate(DATA.joinpath("epub.js").read_text(encoding="utf-8"))
    return [Page(**{**page, "pictures": tuple(page["pictures"])}) for page in found], front


def pygments_rules(folder: Path) -> str:
    """The rules that colour code on a light page, from Sphinx's own style sheet."""
    rules = (folder / "_static" / "pygments.css").read_text(encoding="utf-8")
    return "\n".join(re.findall(r'^html\[data-theme="light"\] (\.highlight \.\w+ \{.*)$', rules, re.MULTILINE))


def text_face(folder: Path) -> dict[str, bytes]:
    """The files of the site's text face, by their names in the ePub."""
    return {f"fonts/{file.name}": file.read_bytes() for file in sorted((folder / "_static" / "fonts").glob("*.woff2"))}


def face_rules(names: Iterable[str]) -> str:
    """Rules that make the text face known; the name of a file ends with weight and style."""
    return "".join(
        f'@font-face {{ font-family: "Source Serif 4"; font-style: {style};'
        f" font-weight: {'600 900' if weight == '600' else weight}; src: url({name}); }}\n"
        for name in names
        for weight, style in [Path(name).stem.split("-")[-2:]]
    )


def as_epub(
    pages: Sequence[Page], front: bytes, rules: str = "", fonts: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """The bytes of the ePub.

    Args:
        front: the cover, a PNG.
        rules: more rules for the style sheet.
        fonts: the files that they name.
    """
    files = {
        "cover.png": front,
        "cover.xhtml": _document(TITLE, f'<img class="ftsec-cover-image" src="cover.png" alt={quoteattr(TITLE)}/>'),
        "contents.xhtml": contents(pages),
        "book.css": DATA.joinpath("epub.css").read_text(encoding="utf-8") + rules,
        **fonts,
    }
    files |= {page.file: _document(page.title, page.content) for page in pages}
    files |= dict(_pictures(pages))
    files["book.opf"] = package(pages, list(files))
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)  # first and stored: so it is known
        _add(archive, "META-INF/container.xml", CONTAINER)
        for name, content in files.items():
            _add(archive, f"EPUB/{name}", content)
    return result.getvalue()


def contents(pages: Sequence[Page]) -> str:
    """The navigation document: parts, and the pages of each."""
    lines, open_part = [], False
    for page in pages:
        if page.part:
            lines.append(f"{'</ol></li>' * open_part}<li><span>{escape(page.part)}</span><ol>")
            open_part = True
        lines.append(f'<li><a href="{page.file}">{escape(page.title)}</a></li>')
    listed = "\n".join(lines) + "</ol></li>" * open_part
    return _document("Contents", f'<nav epub:type="toc" id="toc"><h1>Contents</h1>\n<ol>{listed}</ol></nav>')


def package(pages: Sequence[Page], files: Sequence[str]) -> str:
    """The package document: what the book is, its files, their order."""
    day = build_time()
    properties = {"contents.xhtml": "nav", "cover.png": "cover-image"}
    properties |= {page.file: page.properties for page in pages}
    manifest = "\n".join(_item(number, name, properties.get(name, "")) for number, name in enumerate(files))
    order = ["cover.xhtml", "contents.xhtml", *(page.file for page in pages)]
    spine = "\n".join(f'<itemref idref="f{files.index(name)}"/>' for name in order)
    accessible = "\n".join(f'<meta property="schema:{name}">{escape(words)}</meta>' for name, words in ACCESSIBLE)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">{uuid5(NAMESPACE_URL, f"{TITLE} {__version__}").urn}</dc:identifier>
<dc:title>{escape(TITLE)}</dc:title>
<dc:creator>{escape(AUTHORS)}</dc:creator>
<dc:language>en</dc:language>
<dc:description>{escape(SUBTITLE)}</dc:description>
<dc:date>{day:%Y-%m-%d}</dc:date>
<meta property="dcterms:modified">{day:%Y-%m-%dT%H:%M:%SZ}</meta>
{accessible}
</metadata>
<manifest>
{manifest}
</manifest>
<spine>
{spine}
</spine>
</package>
"""


def _document(title: str, content: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html {NAMESPACES}>
<head><title>{escape(title)}</title><link rel="stylesheet" type="text/css" href="book.css"/></head>
<body>
{content}
</body>
</html>
"""


def _pictures(pages: Sequence[Page]) -> Iterator[tuple[str, bytes]]:
    for address in dict.fromkeys(address for page in pages for address in page.pictures):
        path = Path(url2pathname(urlparse(address).path))
        yield f"images/{path.name}", path.read_bytes()


def _item(number: int, name: str, properties: str) -> str:
    more = f' properties="{properties}"' if properties else ""
    return f'<item id="f{number}" href="{name}" media-type="{TYPES[Path(name).suffix]}"{more}/>'


def _add(archive: zipfile.ZipFile, name: str, content: str | bytes, method: int = zipfile.ZIP_DEFLATED) -> None:
    about = zipfile.ZipInfo(name, build_time().timetuple()[:6])
    about.compress_type = method
    archive.writestr(about, content)
