"""The built site, served from a sub-path to a browser that can reach nothing else.

`make test` builds the site first. Browser tests skip where no Chromium is installed, but never in CI.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ftsec.base.project import Project, find_project

PROJECT = find_project(Path(__file__))
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def project() -> Project:
    if not (PROJECT.site / "index.html").exists():
        pytest.fail("the site is not built; `make test` builds it first, or run `make book`")
    return PROJECT


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves the site below /sub/path, as a plain file server would."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/sub/path"))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(project: Project) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(project.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/sub/path"
    server.shutdown()


class Visit:
    """A page in a browser that reaches no other host (see its flags); remembers what it asked and what went wrong."""

    def __init__(self, context: object, address: str) -> None:
        self.address = address
        self.page = context.new_page()
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.missing: list[str] = []
        self.page.on("request", self._note_outside)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("response", lambda answer: self.missing.append(answer.url) if answer.status >= 400 else None)

    def _note_outside(self, request: object) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.outside.append(request.url)

    def go(self, name: str) -> object:
        self.page.goto(f"{self.address}/{name}", wait_until="load")
        return self.page


@pytest.fixture(scope="session")
def reader(browser: object) -> Iterator[object]:
    """A function ``reader(viewport, scheme)``: the profile in which a reader with this screen goes through the book."""

    @cache
    def profile(width: int, height: int, scheme: str) -> object:
        viewport = {"width": width, "height": height}
        return browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")

    yield lambda viewport, scheme: profile(viewport["width"], viewport["height"], scheme)


@pytest.fixture
def visit(reader: object, address: str) -> Iterator[object]:
    """A function ``visit(viewport, scheme)`` that opens a `Visit`; its page is closed at the end."""
    visits: list[Visit] = []

    def open_visit(viewport: dict = DESKTOP, scheme: str = "light") -> Visit:
        visits.append(Visit(reader(viewport, scheme), address))
        return visits[-1]

    yield open_visit
    for each in visits:
        each.page.close()


def page_names() -> list[str]:
    """Every page of the book, and the search page."""
    return [f"{page}.html" for page in PROJECT.pages()] + ["search.html"]
