"""Figures on a dark page: every colour keeps its hue, and its contrast against the page.

A colour that stands 5 : 1 against white paper stands 5 : 1 against the dark page as well; white becomes the page
itself, black a light grey. Colours that carry meaning can so be named in the text in both modes. Contrast and
relative luminance are those of WCAG 2.2.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from PIL.ImageFilter import Color3DLUT

WHITE, PAGE = "#ffffff", "#121212"  # the theme's paper, light and dark
FLARE = 0.05  # WCAG adds it to both luminances of a contrast
BRIGHTEST = 0.72  # luminance of what was black: as bright as the theme's dark text, not glaring
WEIGHTS = (0.2126, 0.7152, 0.0722)
NODES = 65  # of the look-up table along each channel, the most that Pillow takes


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours given as ``#rrggbb``, from 1 to 21."""
    low, high = sorted(luminance(_channels(colour)) for colour in (one, other))
    return float((high + FLARE) / (low + FLARE))


def luminance(colour: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours, an array of shape (..., 3) with values from 0 to 1."""
    return _linear(colour) @ WEIGHTS


def darkened(colour: np.ndarray) -> np.ndarray:
    """The colours, (..., 3) from 0 to 1, as they show on the dark page."""
    import numpy as np

    light = _linear(colour)
    bright = light @ WEIGHTS
    page = luminance(_channels(PAGE))
    target = (page + FLARE) * (1 + FLARE) / (bright + FLARE) - FLARE
    target = np.clip(target, page, BRIGHTEST)[..., None]
    ratio = (light + 1e-6) / (bright + 1e-6)[..., None]
    ratio = ratio ** (1 + 2 * bright[..., None])  # the pale tint of a band needs more colour to be seen on dark
    tint = ratio / (ratio @ WEIGHTS)[..., None] * target  # same hue, new luminance
    peak = tint.max(axis=-1, keepdims=True)
    mix = np.where(peak > 1, (1 - target) / np.maximum(peak - target, 1e-9), 1.0)  # more than a screen can show: paler
    return _encoded(target + (tint - target) * mix)


def dark_colour(colour: str) -> str:
    """One colour, ``#rrggbb``, as it shows on the dark page."""
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in darkened(_channels(colour)))


def dark_picture(png: bytes, origin: str = "") -> bytes:
    """A PNG picture on white paper as it shows on the dark page; `origin` is noted in the file."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    paper = Image.new("RGBA", picture.size, WHITE)
    shown = Image.alpha_composite(paper, picture).convert("RGB").filter(_table())
    buffer = io.BytesIO()
    info = PngInfo()
    info.add_text("origin", origin)
    small = shown.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def origin_of(picture: Path) -> str | None:
    """What `dark_picture` was told about where a picture comes from."""
    from PIL import Image

    with Image.open(picture) as opened:
        return opened.info.get("origin")


@cache
def _table() -> Color3DLUT:
    import numpy as np
    from PIL.ImageFilter import Color3DLUT

    steps = np.linspace(0, 1, NODES)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red runs fastest
    return Color3DLUT(NODES, darkened(np.stack([red, green, blue], axis=-1)).ravel().tolist())


def _channels(colour: str) -> np.ndarray:
    import numpy as np

    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _linear(colour: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def _encoded(light: np.ndarray) -> np.ndarray:
    import numpy as np

    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
