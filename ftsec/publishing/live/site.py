"""What a site needs so that printed code runs in its pages: a folder below ``_static``, and a script in those pages."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ftsec.base.files import write_atomic

HERE = Path(__file__).parent
FOLDER = "_static/live"
OWN = ("run.js", "run.css", "worker.mjs", "in_page.py")
PRINTED = 'class="ftsec-printed"'
HEAD, BODY = "</head>", "</body>"


def calls() -> dict[str, dict[str, str]]:
    """For each printed function that runs in the page: its module, and a call to begin with."""
    return tomllib.loads((HERE / "calls.toml").read_text(encoding="utf-8"))


def sources(article: Path) -> dict[str, str]:
    """The files of the package that holds the articles' code, by their place in the reader's Python."""
    files = {f"ftsec/article/{path.name}": path.read_text(encoding="utf-8") for path in sorted(article.glob("*.py"))}
    return {"ftsec/__init__.py": "", **files}


def add_live(site: Path, python: Mapping[str, bytes], article: Path) -> list[str]:
    """Bring the folder into a built site and let every page with printed code load the script, once.

    Args:
        python: the files of Pyodide's core.
        article: the folder of the articles' code.

    Returns:
        The pages, relative to the site.
    """
    with TemporaryDirectory(dir=site / "_static", prefix=".live-") as scratch:
        made = Path(scratch) / "live"
        for name, content in _files(python, article):
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)
        shutil.rmtree(site / FOLDER, ignore_errors=True)
        made.rename(site / FOLDER)
    return [page.relative_to(site).as_posix() for page in sorted(site.rglob("*.html")) if _loads_script(site, page)]


def _files(python: Mapping[str, bytes], article: Path) -> Iterator[tuple[str, bytes]]:
    yield from ((f"pyodide/{name}", content) for name, content in python.items())
    yield from ((name, (HERE / name).read_bytes()) for name in OWN)
    yield "calls.json", json.dumps(calls()).encode()
    yield "article.json", json.dumps(sources(article)).encode()


def _loads_script(site: Path, page: Path) -> bool:
    """Whether the page holds printed code; then it loads the script."""
    text = page.read_text(encoding="utf-8")
    if PRINTED not in text:
        return False
    up = "../" * len(page.relative_to(site).parent.parts)
    if f"{FOLDER}/run.js" not in text:
        text = _before(HEAD, f'<link rel="stylesheet" href="{up}{FOLDER}/run.css" />', text)
        text = _before(BODY, f'<script defer="defer" src="{up}{FOLDER}/run.js"></script>', text)
        write_atomic(page, text)
    return True


def _before(end: str, added: str, text: str) -> str:
    return re.sub(rf"(?={end})", lambda _: f"{added}\n", text, count=1)
