"""What tests of the pieces to play with share: a page that holds one piece with its scripts, opened in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

STATIC = Path(__file__).parents[2] / "book" / "_static"
AS_MODULE = "window.module = {}"  # scripts that see a module hand out their functions and touch no page


def script(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def page_with(markup: str, scripts: Sequence[str], folder: Path) -> str:
    """The address of a page that holds the mark-up and runs the scripts; no other host can be asked from it."""
    file = folder / "page.html"
    run = "".join(f"<script>{script(name)}</script>" for name in scripts)
    file.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Play</title><body>{markup}{run}</body></html>',
        encoding="utf-8",
    )
    return file.as_uri()


def functions(browser: object, scripts: Sequence[str]) -> object:
    """An empty page in which `module.exports` holds what the last of the scripts computes with."""
    page = browser.new_page()
    page.evaluate(AS_MODULE)
    for name in scripts:
        page.add_script_tag(content=script(name))
    return page
