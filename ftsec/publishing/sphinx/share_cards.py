"""The picture that stands for the book where somebody links to it: title, question and the landing page's figure."""

from __future__ import annotations

import io
import textwrap
from functools import cache

from PIL import Image, ImageDraw, ImageFont

SIZE = (1200, 630)  # as the large services show previews
MARGIN = 60
INK, QUIET, ACCENT = "#14181f", "#4a5260", "#0072B2"
LINES = {True: (60, 28), False: (31, 62)}  # bold or not -> size of type in pixels, characters a line


def preview_card(title: str, question: str, figure: bytes) -> bytes:
    """A PNG of 1200 x 630 pixels.

    Args:
        figure: a PNG; it takes the room below the words, as large as it fits.
    """
    card = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, 14, SIZE[1]), fill=ACCENT)
    below = _write(pen, MARGIN - 10, title, INK, bold=True)
    below = _write(pen, below + 14, question, QUIET, bold=False)
    _place(card, figure, below + 20)
    buffer = io.BytesIO()
    card.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def _write(pen: ImageDraw.ImageDraw, top: int, words: str, colour: str, bold: bool) -> int:
    """Write words in lines from `top` on; returns where they end."""
    size, columns = LINES[bold]
    text, font = textwrap.fill(words, columns, break_on_hyphens=False), _font(size, bold)
    spacing = size // 4
    pen.multiline_text((MARGIN, top), text, fill=colour, font=font, spacing=spacing)
    return round(pen.multiline_textbbox((MARGIN, top), text, font=font, spacing=spacing)[3])


def _place(card: Image.Image, png: bytes, top: int) -> None:
    with Image.open(io.BytesIO(png)) as picture:
        room = (SIZE[0] - 2 * MARGIN, SIZE[1] - top - 30)
        scale = min(room[0] / picture.width, room[1] / picture.height)
        shown = picture.convert("RGB").resize([round(scale * side) for side in picture.size], Image.Resampling.LANCZOS)
    card.paste(shown, (MARGIN, top))


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    from matplotlib.font_manager import FontProperties, findfont  # it ships the type of the book's figures

    return ImageFont.truetype(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")), size)
