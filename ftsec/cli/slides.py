"""``ftsec slides``: decks for the classroom."""

from __future__ import annotations

from pathlib import Path

import click

from ftsec.teaching.plans import PLANS


@click.command()
@click.argument("names", metavar="[CHAPTER]...", nargs=-1)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Write here [default: _build/slides]."
)
@click.option("--plan", type=click.Choice(PLANS), help="The chapters and the minutes of this plan.")
def slides(names: tuple[str, ...], output: Path | None, plan: str | None) -> None:
    """Make a deck of slides for each CHAPTER (all if none is named) from its executed copy.

    The speaker's notes say how many minutes each slide has: those of the plan, or what slides and exercises take.
    """
    from ftsec.base.project import find_project
    from ftsec.evidence import cite
    from ftsec.teaching.kit import kit_chapters
    from ftsec.teaching.slides.render import has_slides, write_decks

    project = find_project()
    chapters = [project.chapter(name) for name in names] or kit_chapters(project, plan)
    target = output or project.build / "slides"
    for path in chapters:
        if not has_slides(path):
            click.echo(f"no slides of {path.stem}: nothing is chosen for it in slides/choice.toml", err=True)
    for deck in write_decks(project, chapters, target, cite, plan):
        click.echo(deck)
    click.echo(f"start with {target / 'index.html'}")
