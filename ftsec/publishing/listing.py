"""A module's source as a page of its own: it follows the book's colours, and its lines wrap on a phone."""

from __future__ import annotations

import html
from functools import lru_cache

STYLE = """
:root { color-scheme: light dark; }
body { background: #fff; color: #1b1f24; margin: 0 auto; max-width: 60rem; padding: 1rem; }
p { font: 1rem/1.5 system-ui, sans-serif; margin: 0 0 1rem; }
a { color: #0a58ca; }
pre { font: 0.8125rem/1.5 ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
pre > span { display: block; padding-left: 3.5em; scroll-margin-top: 30vh; text-indent: -3.5em; }
pre > span:target { background: #fff3c4; }
.linenos { display: inline-block; text-indent: 0; user-select: none; width: 3.5em; }
html[data-theme="dark"] body { background: #121212; color: #e6e6e6; }
html[data-theme="dark"] a { color: #84b5f5; }
html[data-theme="dark"] pre > span:target { background: #3d3612; }
"""
# the mode that the reader chose in the book is kept by the browser; without one the system's counts
MODE = (
    'const mode = localStorage.getItem("mode") || "auto";'
    'const dark = mode === "dark" || (mode !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);'
    'document.documentElement.dataset.theme = dark ? "dark" : "light";'
)


@lru_cache(maxsize=64)  # one module draws many figures
def listing(module: str, source: str) -> bytes:
    """The page, with the name ``line-N`` on every line.

    Args:
        module: the file's path in the project, which is also its place below ``_static/code``.
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    # names on spans, not on links: a link on every line would be a keyboard stop on every line
    light = HtmlFormatter(style="a11y-high-contrast-light", linespans="line", linenos="inline", wrapcode=False)
    dark = HtmlFormatter(style="a11y-high-contrast-dark")
    colours = "\n".join(
        rule
        for formatter, root in ((light, 'html[data-theme="light"] pre'), (dark, 'html[data-theme="dark"] pre'))
        for rule in formatter.get_token_style_defs(root)
    )
    name = html.escape(module)
    home = "../" * (module.count("/") + 2) + "book/index.html"
    page = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}{colours}</style>\n'
        f"<script>{MODE}</script>\n</head>\n<body>\n"
        f'<p><a href="{home}">The measured book of training-phase security</a> · <code>{name}</code></p>\n<main>\n'
        f"{highlight(source, PythonLexer(), light)}</main>\n</body>\n</html>\n"
    )
    return page.encode()
