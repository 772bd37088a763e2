"""What must hold of a built site before it is published: it stands alone, wherever it lies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "srcset", "video": "src"}
NO_LOAD = ("canonical", "next", "prev", "index", "search", "genindex")  # of links in the head
PINNED = "_static/live/pyodide/"  # others' files, checked by their digest; they name the machine that made them
FOREIGN = re.compile(r"""(?:@import\s+|url\()\s*["']?(?:https?:)?//""")


class Page(HTMLParser):
    """What a page loads and links to, and the places in it that links can name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.ids |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag in LOADED and values.get(LOADED[tag]) and values.get("rel") not in NO_LOAD:
            self.loads.append(values[LOADED[tag]])
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])


def faults(site: Path, folders: Iterable[Path]) -> list[str]:
    """What is wrong with a site, a sentence each; none if it can be published.

    Args:
        folders: of this machine, which no file may name: the project's, the user's.
    """
    if not (site / "index.html").is_file():
        return ["there is no index.html"]
    files = sorted(path for path in site.rglob("*") if path.is_file())
    names = [f"{folder}/".encode() for folder in folders if len(folder.parts) > 1]
    found = [fault for file in files for fault in _machine(site, file, names)]
    for file in files:
        if file.suffix == ".html":
            found += _requests_and_links(site, file)
        if file.suffix == ".css" and FOREIGN.search(file.read_text(encoding="utf-8")):
            found.append(f"{file.relative_to(site)} loads from another host")
    return found


def _machine(site: Path, file: Path, names: list[bytes]) -> Iterator[str]:
    if file.relative_to(site).as_posix().startswith(PINNED):
        return
    content = file.read_bytes()
    for name in names:
        if name in content:
            yield f"{file.relative_to(site)} names a folder of this machine: {name.decode()}"


def _requests_and_links(site: Path, file: Path) -> Iterator[str]:
    page, name = _page(file), file.relative_to(site)
    for load in page.loads:
        if urlsplit(load).netloc:
            yield f"{name} loads {load} from another host"
    for link in page.links:
        parts = urlsplit(link)
        if not (parts.scheme or parts.netloc) and not _arrives(file, parts.path, unquote(parts.fragment)):
            yield f"{name} links to {link}, which is not there"


def _arrives(file: Path, path: str, fragment: str) -> bool:
    target = (file.parent / unquote(path)).resolve() if path else file.resolve()
    if not target.is_file():
        return False
    return not fragment or target.suffix != ".html" or fragment in _page(target).ids


@cache
def _page(file: Path) -> Page:
    return Page(file.read_text(encoding="utf-8"))
