"""``ftsec evidence``: check rows before they are sent, and write the tables out for other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ftsec.base.statuses import NO

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def evidence() -> None:
    """Propose published numbers, correct them, take them along."""


@evidence.command()
@click.argument("file", type=FILE)
@click.option("--bib", "bibliography", type=FILE, help="BibTeX file with the works that are new.")
def check(file: Path, bibliography: Path | None) -> None:
    """Tell what is wrong with the proposed rows of FILE (CSV); exit status 1 if anything is."""
    from ftsec.evidence.proposals import check_file

    found = check_file(file, bibliography)
    for line in (*found.problems, *found.changes):
        click.echo(line)
    click.echo(f"{found.n_new} new rows, {found.n_corrections} corrections, {len(found.problems)} problems")
    if found.problems:
        sys.exit(NO)


@evidence.command()
def template() -> None:
    """Print the head of the table and one row to write over, as CSV."""
    from ftsec.evidence import proposals

    click.echo(proposals.template(), nl=False)


@evidence.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace files that are there already.")
def export(folder: Path, force: bool) -> None:
    """Write all rows and the bibliography into FOLDER: CSV, JSON and BibTeX; all of them or none."""
    from ftsec.base.errors import InputError
    from ftsec.defenses.outputs import check_outputs, written_together
    from ftsec.evidence.exports import files

    written = files()
    paths = [folder / name for name in written]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror})") from None
    check_outputs([], paths, force)
    with written_together(*paths) as streams:
        for stream, content in zip(streams, written.values(), strict=True):
            stream.write(content)
    click.echo(f"{len(written)} files in {folder}")
