"""``ftsec slides``: decks for the classroom."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("names", metavar="[CHAPTER]...", nargs=-1)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write here [default: _build/slides]."
)
def slides(names: tuple[str, ...], output: Path | None) -> None:
    """Make a deck of slides for each CHAPTER (all if none is named) from its executed copy."""
    from ftsec.base.project import find_project
    from ftsec.evidence import cite
    from ftsec.teaching.slides.render import has_slides, write_decks

    project = find_project()
    chapters = [project.chapter(name) for name in names] or project.chapters()
    target = output or project.build / "slides"
    for path in chapters:
        if not has_slides(path):
            click.echo(f"no slides of {path.stem}: nothing is chosen for it in slides/choice.toml", err=True)
    for deck in write_decks(project, chapters, target, cite):
        click.echo(deck)
    click.echo(f"start with {target / 'index.html'}")
