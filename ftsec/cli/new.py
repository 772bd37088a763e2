"""``ftsec new``."""

from __future__ import annotations

import click

from ftsec.base.project import find_project


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def new() -> None:
    """Begin something new."""


@new.command()
@click.argument("name")
def chapter(name: str) -> None:
    """Write a notebook called NAME that runs and builds, and name it in the table of contents."""
    from ftsec.running.new_chapter import new_chapter

    project = find_project()
    path = new_chapter(project, name)
    number = path.stem.split("_")[0]
    print(f"{path.relative_to(project.root)} is there, and named in _toc.yml")
    print(f"edit it (`make lab`), then: ftsec refresh --only {number}; ftsec build --only {number}")
