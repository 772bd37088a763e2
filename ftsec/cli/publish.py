"""``ftsec publish``."""

from __future__ import annotations

from pathlib import Path

import click

from ftsec.base.errors import InputError
from ftsec.base.project import find_project


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the site and the archive [default: _build/published].",
)
def publish(output: Path | None) -> None:
    """Check the built site and write it as a folder and an archive, for any host.

    The address comes from `html: baseurl` in _config.yml; FTSEC_BASE_URL stands in for it. Build the book first.
    """
    from ftsec.publishing.address import book_address
    from ftsec.publishing.publish import publish as written

    project = find_project()
    if not (project.site / "index.html").exists():
        raise InputError("there is no built book to publish; `make book` builds it")
    done = written(project, output or project.build / "published")
    address = book_address(project)
    print(f"checked and written: {done.folder}")
    print(f"the same as one file: {done.archive} ({done.archive.stat().st_size / 1e6:.0f} MB)")
    print(f"made for {address}" if address else "made for no address: no share cards, and reports do not link to it")
