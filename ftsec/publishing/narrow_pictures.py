"""Figures as wide as a phone: a browser fetches either the wide picture of a figure or the narrow one.

Narrow pictures are staged in a folder of their own under the name that the wide one has in the site.
"""

from __future__ import annotations

import base64
import re
import shutil
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode

STAGED = "book/narrow"
PHONE = "(max-width: 540px)"
PICTURE = re.compile(r'<img(?P<tag> alt="[^"]*" src="(?P<stem>[^"]+)\.png") ?/>')


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


def with_narrow_pictures(page: str, folder: Path, source: Path) -> str:
    """The page with its figures marked as such, and a narrow picture for each that has one.

    Args:
        folder: where the page lies; its links are relative to it.
        source: the staged tree.
    """

    def figure(match: re.Match) -> str:
        image = f'<img class="ftsec-figure dark-light"{match["tag"]} />'
        narrow = source / staged_name(Path(unquote(match["stem"])).name)
        if not narrow.exists():
            return image
        shutil.copyfile(narrow, folder / f"{unquote(match['stem'])}-narrow.png")
        return f'<picture><source media="{PHONE}" srcset="{match["stem"]}-narrow.png">{image}</picture>'

    return PICTURE.sub(figure, page)
