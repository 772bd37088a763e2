"""The picture that is shown where somebody shares a page: its title, how many claims hold, and its main figure.

A card is drawn from what the page says, in the book's own letters, so two builds draw the same bytes. Drawn cards are
kept beside the staged tree under a digest of all that is drawn, and taken from there by later builds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from docutils import nodes
from PIL import Image, ImageDraw, ImageFont
from sphinx.application import Sphinx

from ftsec.base.digests import digest
from ftsec.base.files import write_atomic
from ftsec.base.project import NUMBER
from ftsec.publishing.few_colours import few_colours

FOLDER = "_images/cards"
KEPT = "cards"  # beside the staged tree
SIZE = (1200, 630)  # what services that preview links ask for
EDGE, COLUMN, FIGURE = 64, 500, (560, 510)  # pixels: the margin, the words' width beside a figure, room for the figure
FONTS = "book/_static/fonts/source-serif-4-{weight}-normal.woff2"
REPLACEMENT = {
    600: "DejaVuSerif-Bold.ttf",
    400: "DejaVuSerif.ttf",
}  # for a book without the face; ships with Matplotlib
INK, QUIET, ACCENT = "#1f2328", "#54595e", "#0072b2"
VERDICTS = {"supported": "#0072b2", "partly": "#8a6d00", "contradicted": "#c0392b", "not-found": "#5f6368"}
COUNTED = re.compile(r'<span class="verdict verdict-(?P<verdict>[\w-]+)">(?P<words>[^<]*)</span>')
TAG = re.compile(r"<[^>]+>")
VERSION = "1"  # of the drawing: raise it where the code below changes what is drawn


@dataclass(frozen=True)
class Card:
    """What stands on a card.

    Attributes:
        above: small words above the title, as in ``Chapter 06``.
        title: of the page.
        counts: words and verdict of each count.
        below: the book's title.
        figure: the file of the page's main figure; None for a page without one.
    """

    above: str
    title: str
    counts: tuple[tuple[str, str], ...]
    below: str
    figure: Path | None

    def key(self) -> str:
        """A digest of all that is drawn."""
        words = repr((VERSION, self.above, self.title, self.counts, self.below))
        return digest(words.encode(), self.figure.read_bytes() if self.figure else b"")


def add_card(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Draw the page's card and name it in the page's metadata, before the extension for previews reads that."""
    address = app.config.ogp_site_url
    if not (doctree and address and app.builder.name == "html"):
        return
    card = _card(app, page, context["title"], doctree)
    name = f"{FOLDER}/{page.replace('/', '-')}.png"
    target = Path(app.outdir) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_drawn(card, Path(app.srcdir)))
    width, height = SIZE
    about = {"og:image": f"{address}{name}", "og:image:alt": _told(card)}
    about |= {"og:image:width": str(width), "og:image:height": str(height)}
    context["meta"] = (context.get("meta") or {}) | about
    context["metatags"] += '\n<meta name="twitter:card" content="summary_large_image" />'


def _card(app: Sphinx, page: str, title: str, doctree: nodes.document) -> Card:
    number = re.match(rf"{NUMBER}(?=_)", Path(page).name)
    box = next((each for each in doctree.findall(nodes.container) if "ftsec-answer" in each["classes"]), None)
    raw = "".join(each.astext() for each in box.findall(nodes.raw)) if box else ""
    counts = tuple((each["words"], each["verdict"]) for each in COUNTED.finditer(raw))
    figure = _figure(app, box or doctree)
    plain = unescape(TAG.sub("", title))
    above, below = f"Chapter {number[0]}" if number else "", app.config.project
    return Card(above, plain, counts, "" if plain == below else below, figure)


def _figure(app: Sphinx, part: nodes.Element) -> Path | None:
    """The first picture in a part of a page; once the page is written, its nodes name pictures as the site does."""
    sources = {name: uri for uri, name in app.builder.images.items()}
    names = (Path(unquote(each["uri"])).name for each in part.findall(nodes.image))
    files = (Path(app.srcdir) / sources[name] for name in names if name.endswith(".png") and name in sources)
    return next((file for file in files if file.exists()), None)


def _told(card: Card) -> str:
    counts = ", ".join(words for words, _ in card.counts)
    return f"{card.title}{f'; claims: {counts}' if counts else ''}"


def _drawn(card: Card, source: Path) -> bytes:
    """The card as PNG, from an earlier build where it drew the same."""
    kept = source.parent / KEPT / f"{card.key()}.png"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        write_atomic(kept, draw(card, source))
    return kept.read_bytes()


def draw(card: Card, source: Path) -> bytes:
    """The card as PNG.

    Args:
        source: the staged tree, in which the letters lie.
    """
    picture = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 16, SIZE[1]), fill=ACCENT)
    if card.figure:
        _paste(picture, card.figure)
    _write(pen, card, source)
    return few_colours(picture, 128)


def _paste(picture: Image.Image, file: Path) -> None:
    with Image.open(file) as figure:
        shown = figure.convert("RGB")
    scale = min(FIGURE[0] / shown.width, FIGURE[1] / shown.height)
    shown = shown.resize((round(shown.width * scale), round(shown.height * scale)), Image.Resampling.LANCZOS)
    left = SIZE[0] - 40 - FIGURE[0] + (FIGURE[0] - shown.width) // 2
    picture.paste(shown, (left, (SIZE[1] - shown.height) // 2))


def _write(pen: ImageDraw.ImageDraw, card: Card, source: Path) -> None:
    column = COLUMN if card.figure else SIZE[0] - 2 * EDGE
    plain, top = _letters(source, 400, 28), EDGE
    if card.above:
        pen.text((EDGE, top), card.above, fill=QUIET, font=plain)
        top += 48
    font, lines = _fitting(card.title, column, source)
    for line in lines:
        pen.text((EDGE, top), line, fill=INK, font=font)
        top += round(font.size * 1.16)
    top += 28
    for words, verdict in card.counts:
        pen.text((EDGE, top), words, fill=VERDICTS.get(verdict, INK), font=_letters(source, 600, 30))
        top += 42
    for n, line in enumerate(reversed(_lines(card.below, plain, column))):
        pen.text((EDGE, SIZE[1] - EDGE - 28 - 36 * n), line, fill=QUIET, font=plain)


def _fitting(title: str, column: int, source: Path) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest letters in which the title takes at most four lines and no word is wider than the column."""
    for size in (64, 56, 50, 44, 38, 32):
        font = _letters(source, 600, size)
        lines = _lines(title, font, column)
        if len(lines) <= 4 and max(font.getlength(line) for line in lines) <= column:
            break
    return font, lines


def _lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _letters(source: Path, weight: int, size: int) -> ImageFont.FreeTypeFont:
    face = source / FONTS.format(weight=weight)
    if not face.exists():
        import matplotlib

        face = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / REPLACEMENT[weight]
    return ImageFont.truetype(str(face), size)
