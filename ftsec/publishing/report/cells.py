"""Code cells of a report: folded code, and outputs with their pictures inside."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache
from html import escape

from nbformat import NotebookNode

from ftsec.base.project import NUMBER
from ftsec.base.record import MIME_TYPE, as_html
from ftsec.publishing.narrow_pictures import PHONE

SHOWN = ("parameters", "injected-parameters")  # cells whose code is what a reader of a run looks for
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
# these show nothing without a script
PLAYED = ('class="ftsec-living', 'class="ftsec-lookup', 'class="ftsec-play ', 'class="ledger-controls')
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
STRONG = re.compile(r"\*\*(.+?)\*\*")
ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>$#|~])")


def cell_html(cell: NotebookNode, chapter: str) -> str:
    """A code cell as the page shows it, at the address that other pages of the book know."""
    tags = cell.metadata.get("tags", [])
    if "remove-cell" in tags:
        return ""
    code = "" if "remove-input" in tags else _code(cell.source, shown=any(tag in SHOWN for tag in tags))
    shown = "" if "remove-output" in tags else "\n".join(_outputs(cell))
    if "hide-cell" in tags:
        prompt = escape(cell.metadata.get("mystnb", {}).get("code_prompt_show", "Code"))
        code = _code(cell.source, shown=True)
        return f'<details class="solution"><summary>{prompt}</summary><div class="inside">{code}{shown}</div></details>'
    number = re.match(NUMBER, chapter)
    return f'<div class="cell" id="cell-{number[0] if number else chapter}-{cell.id}">{code}{shown}</div>'


def _code(source: str, shown: bool) -> str:
    if not source.strip():
        return ""
    code = _highlighted(source)
    return code if shown else f'<details class="code"><summary>Code</summary>{code}</details>'


def _highlighted(source: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(source, PythonLexer(), HtmlFormatter(wrapcode=True))


@cache
def code_colours() -> str:
    """Style rules for code, light and dark."""
    from pygments.formatters import HtmlFormatter

    light = HtmlFormatter(style="a11y-high-contrast-light").get_token_style_defs(".highlight")
    dark = HtmlFormatter(style="a11y-high-contrast-dark").get_token_style_defs(".highlight")
    return "\n".join([*light, "@media (prefers-color-scheme: dark) {", *dark, "}"])


def _outputs(cell: NotebookNode) -> Iterator[str]:
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if output.output_type == "error":
            trace = "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
            yield f'<pre class="error">{escape(COLOURS.sub("", trace))}</pre>'
        elif output.output_type == "stream":
            yield f"<pre>{escape(COLOURS.sub('', _text(output.text)))}</pre>"
        elif "image/png" in data:
            yield _figure(cell, output)
        elif MIME_TYPE in data:
            yield as_html(data[MIME_TYPE])
        elif "text/html" in data:
            yield _still(_text(data["text/html"]))
        elif "text/plain" in data:
            yield f"<pre>{escape(_text(data['text/plain']))}</pre>"


def _still(markup: str) -> str:
    """Markup that shows something without a script; empty if it would not."""
    return (
        "" if markup.lstrip().startswith("<div") and any(mark in markup for mark in PLAYED) else SCRIPT.sub("", markup)
    )


def _figure(cell: NotebookNode, output: NotebookNode) -> str:
    """The picture, the phone's version of it too, with the words that its metadata holds."""
    about = output.get("metadata", {}).get("ftsec", {})
    options = cell.metadata.get("mystnb", {}).get("figure", {})
    image = f'<img class="picture" src="{inside(_text(output.data["image/png"]))}" alt="{_alt(about, output)}">'
    if narrow := about.get("narrow"):
        image = f'<picture><source media="{PHONE}" srcset="{inside(narrow)}">{image}</picture>'
    id_ = f' id="{options["name"]}"' if "name" in options else ""
    caption = f"<figcaption>{_caption(options['caption'])}</figcaption>" if "caption" in options else ""
    return f"<figure{id_}>{image}{caption}</figure>"


def _alt(about: dict, output: NotebookNode) -> str:
    said = about.get("alt") or _text(output.data.get("text/plain", "")) or "A figure of this run"
    return escape(" ".join(said.split()))


def _caption(text: str) -> str:
    """A caption's Markdown: bold, and escaped signs."""
    return ESCAPED.sub(r"\1", STRONG.sub(r"<strong>\1</strong>", escape(text, quote=False)))


def inside(picture: str | bytes) -> str:
    """A PNG as an address that holds it."""
    data = base64.b64encode(picture).decode() if isinstance(picture, bytes) else picture
    return f"data:image/png;base64,{''.join(data.split())}"


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
