"""A server that hands out the built site as common static hosts do: compressed, and kept by the browser for a while."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".csv", ".ipynb", ".xml", ".txt")
KEPT = "max-age=600"  # seconds; what widely used hosts of static pages send


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the folder while the block runs; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(CompressingHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


class CompressingHandler(SimpleHTTPRequestHandler):
    """Sends text with gzip to browsers that take it, and keeps connections open."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> object:
        path = Path(self.translate_path(self.path))
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepted and path.is_file() and path.suffix in COMPRESSED):
            return super().send_head()
        body = _compressed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", KEPT)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@cache
def _compressed(path: Path, changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=6)
