"""Pictures of the built pages say how large they are before they arrive, and arrive when they are near."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote

from PIL import Image

IMAGE = re.compile(r"<img (?P<rest>[^>]*?)\s*/?>")
SOURCE = re.compile(r'\bsrc="(?P<file>[^":?]+)"')
NARROW = re.compile(r'<source media="[^"]*" srcset="(?P<file>[^"]+)">')
AT_ONCE = 'fetchpriority="high"'
LATER = 'loading="lazy"'
SMALL = "ftsec-small"  # the figure in a chapter's answer: the words beside it come first
BELOW = 4000  # characters of mark-up in the article before a picture that most likely stands below the first screen


def describe_pictures(page: str, folder: Path) -> str:
    """The page with width and height on its pictures; only one near the top is fetched before it is seen.

    Args:
        folder: where the page lies, for the names of pictures.
    """
    start = max(page.find("<article"), 0)
    first = IMAGE.search(page, start)
    at_once = first and first.start() - start < BELOW and SMALL not in first["rest"]
    on_top = first.start() if first and at_once else -1

    def describe(image: re.Match) -> str:
        source = SOURCE.search(image["rest"])
        size = source and _size(folder / unquote(source["file"]))
        if not size or "width=" in image["rest"]:
            return image[0]
        when = AT_ONCE if image.start() == on_top else LATER
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
