"""Pictures of the built pages: a third of their weight, and known in size before they arrive."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote

from PIL import Image

COLOURS = 256  # what a palette holds; figures have few colours, and shades where lines are smoothed
IMAGE = re.compile(r"<img (?P<rest>[^>]*?)\s*/?>")
SOURCE = re.compile(r'\bsrc="(?P<file>[^":?]+)"')
NARROW = re.compile(r'<source media="[^"]*" srcset="(?P<file>[^"]+)">')
AT_ONCE = 'fetchpriority="high"'
LATER = 'loading="lazy"'
TWOFOLD = "ftsec-light"  # a figure that stands beside its dark picture; the style sheet shows one of them
BELOW = 4000  # characters of mark-up in the article before a picture that most likely stands below the first screen


def shrink_pictures(folder: Path) -> None:
    """Store every PNG of the folder with a palette; those that have one are left alone."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(shrink, sorted(folder.glob("*.png"))))


def shrink(path: Path) -> None:
    """Give a PNG the 256 colours that cover it best; see-through ones stay as they are."""
    with Image.open(path) as picture:
        if picture.mode not in ("RGB", "RGBA") or _see_through(picture):
            return
        scratch = path.with_suffix(".part")
        in_palette(picture).save(scratch, "png", optimize=True, dpi=picture.info.get("dpi"))
    os.replace(scratch, path)


def in_palette(picture: Image.Image) -> Image.Image:
    """The picture with the 256 colours that cover it best."""
    return picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def _see_through(picture: Image.Image) -> bool:
    return picture.mode == "RGBA" and picture.getextrema()[3][0] < 255


def describe_pictures(page: str, folder: Path) -> str:
    """The page with width and height on its pictures; only one near the top is fetched before it is seen.

    Args:
        folder: where the page lies, for the names of pictures.
    """
    start = max(page.find("<article"), 0)
    first = IMAGE.search(page, start)
    on_top = first.start() if first and first.start() - start < BELOW else -1

    def describe(image: re.Match) -> str:
        source = SOURCE.search(image["rest"])
        size = source and _size(folder / unquote(source["file"]))
        if not size or "width=" in image["rest"]:
            return image[0]
        when = AT_ONCE if image.start() == on_top else LATER
        if TWOFOLD in image["rest"] and when == AT_ONCE:
            when = f"{AT_ONCE} {LATER}"  # comes first if it is shown, and not at all on a dark page
        return f'<img {image["rest"]} width="{size[0]}" height="{size[1]}" {when}>'

    return NARROW.sub(partial(_with_size, folder), IMAGE.sub(describe, page))


def _with_size(folder: Path, narrow: re.Match) -> str:
    """A narrow picture with its own width and height: it is not as broad for its height as the wide one."""
    size = _size(folder / unquote(narrow["file"]))
    return f'{narrow[0][:-1]} width="{size[0]}" height="{size[1]}">' if size else narrow[0]


@cache
def _size(path: Path) -> tuple[int, int] | None:
    if not path.is_file() or path.suffix not in (".png", ".jpg"):
        return None
    with Image.open(path) as picture:
        return picture.size
