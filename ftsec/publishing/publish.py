"""The built site as it is published: a checked folder for any host, and the same as one archive."""

from __future__ import annotations

import os
import re
import shutil
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ftsec import __version__
from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.publishing.address import book_address, with_slash
from ftsec.publishing.site_check import faults

NAME = f"ftsec-{__version__}"
NO_JEKYLL = ".nojekyll"  # GitHub Pages leaves out folders that begin with a line, such as _static, unless it is there
SHOWN = 10  # faults that are told
CITATION = "CITATION.cff"
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*)"')


class Published(NamedTuple):
    """What was written."""

    folder: Path
    archive: Path


def publish(project: Project, output: Path) -> Published:
    """Write the site as a folder and an archive into `output`; neither appears unless the site passes its checks.

    Raises:
        InputError: with what is wrong.
    """
    if built_for(project) != book_address(project):
        raise InputError(f"the site was built for {built_for(project) or 'no address'}; build it again (make book)")
    wrong = faults(project.site, {project.root, Path.home()})
    if wrong:
        more = f"\nand {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise InputError("the site cannot be published:\n" + "\n".join(wrong[:SHOWN]) + more)
    try:
        output.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=output, prefix=".part-") as scratch:
            return _written(project, output, Path(scratch))
    except OSError as error:
        raise InputError(f"cannot write to {output}: {error.strerror}") from error


def built_for(project: Project) -> str:
    """The address in the canonical link of the built book's first page; empty if it has none."""
    page = f"{project.pages()[0]}.html"
    found = CANONICAL.search((project.site / page).read_text(encoding="utf-8"))
    return found[1].removesuffix(page) if found else ""


def _written(project: Project, output: Path, scratch: Path) -> Published:
    done = Published(output / NAME, output / f"{NAME}.zip")
    folder, archive = scratch / NAME, scratch / done.archive.name
    shutil.copytree(project.site, folder)
    (folder / NO_JEKYLL).touch()
    if (project.root / CITATION).exists():
        text = (project.root / CITATION).read_text(encoding="utf-8")
        (folder / CITATION).write_text(citation(text, book_address(project)), encoding="utf-8")
    _pack(folder, archive)
    if done.folder.exists():
        os.rename(done.folder, scratch / "before")
    os.rename(folder, done.folder)
    os.replace(archive, done.archive)
    return done


def citation(text: str, address: str) -> str:
    """The citation file with the address that the book is published at."""
    lines = [line for line in text.splitlines() if not line.startswith("url:")]
    return "\n".join([*lines, *([f'url: "{with_slash(address)}"'] if address else [])]) + "\n"


def _pack(folder: Path, archive: Path) -> None:
    """All files under the folder's own name, so that unpacking makes one folder; equal sites make equal archives."""
    moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))[:6]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            about = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", moment)
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(about, file.read_bytes())
