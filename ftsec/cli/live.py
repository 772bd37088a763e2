"""``ftsec live``."""

from __future__ import annotations

from pathlib import Path

import click

from ftsec.base.errors import InputError
from ftsec.base.project import find_project


@click.command()
@click.option(
    "--archive",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Pyodide's npm archive, if it is on this machine [default: npm brings it].",
)
def live(archive: Path | None) -> None:
    """Let readers run the articles' printed code in the built pages, by Python in the browser.

    Pyodide's core (14 MB, some 6 MB to load) comes from npm once, is checked by its digest and put into the site.
    A page fetches it only when a reader asks to run code. A build that renders the pages again takes it out.
    """
    import ftsec.article
    from ftsec.publishing.live import pyodide
    from ftsec.publishing.live.site import FOLDER, add_live, calls

    project = find_project()
    if not (project.site / "index.html").exists():
        raise InputError("there is no built book to add to; `make book` builds it")
    core = pyodide.core(archive or pyodide.fetch(project.build))
    pages = add_live(project.site, core, Path(ftsec.article.__file__).parent)
    size = sum(path.stat().st_size for path in (project.site / FOLDER).rglob("*") if path.is_file())
    print(f"Python for the pages, Pyodide {pyodide.VERSION}: {project.site / FOLDER} ({size / 1e6:.0f} MB)")
    print(f"run in the page: {', '.join(calls())}")
    print(f"with a button on {len(pages)} pages: {', '.join(pages)}")
