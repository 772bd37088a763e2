"""The versions of a figure that a page offers: on white or on dark paper, as wide as the text or as a phone.

A browser fetches the one that it shows. Narrow pictures are staged in a folder of their own under the name that the
wide one has in the site; dark ones are derived from light ones when the pages are finished.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ftsec.base import dark_colours
from ftsec.base.digests import digest
from ftsec.base.files import write_atomic

STAGED = "book/narrow"
PHONE = "(max-width: 540px)"
PICTURE = re.compile(r'<img(?P<tag> alt="[^"]*" src="(?P<file>[^"]+\.png)") ?/>')


def narrow_pictures(notebook: NotebookNode) -> dict[str, bytes]:
    """The narrow pictures among a notebook's outputs, by their staged names."""
    files = {}
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        narrow = output.get("metadata", {}).get("ftsec", {}).get("narrow")
        if narrow:
            wide = base64.b64decode("".join(output.data["image/png"]))
            files[staged_name(sha256(wide).hexdigest())] = base64.b64decode(narrow)  # so MyST-NB names its pictures
    return files


def staged_name(picture: str) -> str:
    """Where the narrow version of a picture is staged; `picture` is the wide one's name in the site, without ending."""
    return f"{STAGED}/{picture}.png"


def with_versions(page: str, folder: Path, source: Path) -> str:
    """Every figure of a page in all its versions.

    Args:
        folder: where the page lies; its links are relative to it.
        source: the staged tree.
    """
    wide = {match["file"]: (folder / unquote(match["file"])).resolve() for match in PICTURE.finditer(page)}
    with ThreadPoolExecutor() as pool:  # Pillow computes side by side
        phone = dict(zip(wide, pool.map(partial(_derive_all, source), wide.values()), strict=True))
    return PICTURE.sub(lambda match: "".join(_shown(match, mode, phone[match["file"]]) for mode in ("", "-dark")), page)


def _derive_all(source: Path, wide: Path) -> bool:
    """Write the versions of a picture that are missing or old; whether there is a narrow one."""
    derive_dark(wide, beside(wide, "-dark"))
    narrow = source / staged_name(wide.stem)
    if not narrow.exists():
        return False
    _derive(narrow.read_bytes(), beside(wide, "-narrow"), light_picture)
    derive_dark(narrow, beside(wide, "-narrow-dark"))
    return True


def _shown(match: re.Match, mode: str, phone: bool) -> str:
    """The mark-up of one mode: a picture that a narrow screen replaces."""
    stem = match["file"].removesuffix(".png")
    tag = match["tag"].replace(match["file"], f"{stem}{mode}.png")
    image = f'<img class="dark-light ftsec-{mode.removeprefix("-") or "light"}"{tag} />'
    if not phone:
        return image
    return f'<picture><source media="{PHONE}" srcset="{stem}-narrow{mode}.png">{image}</picture>'


def beside(picture: Path, ending: str) -> Path:
    return picture.with_name(f"{picture.stem}{ending}.png")


def derive_dark(picture: Path, dark: Path) -> None:
    """Write the dark picture, unless the one there comes from this picture and this code."""
    _derive(picture.read_bytes(), dark, dark_colours.dark_picture)


def light_picture(png: bytes, origin: str) -> bytes:
    """The picture with few colours; `origin` is noted in the file."""
    info, buffer = PngInfo(), io.BytesIO()
    info.add_text("origin", origin)
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(buffer, "png", optimize=True, pnginfo=info)
    return buffer.getvalue()


def _derive(png: bytes, target: Path, make: Callable[[bytes, str], bytes]) -> None:
    origin = digest(png, Path(dark_colours.__file__).read_bytes())
    if not target.exists() or dark_colours.origin_of(target) != origin:
        write_atomic(target, make(png, origin))
