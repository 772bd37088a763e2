"""``ftsec workshop``: the teacher's kit, and the keys of its exercises."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ftsec.base.statuses import NO

PLANS = ["two-hours", "one-day", "two-days"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def workshop() -> None:
    """Make the teacher's kit."""


@workshop.command()
@click.option("--plan", type=click.Choice(PLANS), help="Only the chapters of this plan; without it: all chapters.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--slides", is_flag=True, help="With slides for the instructor, from executed chapters.")
def build(plan: str | None, output: Path, slides: bool) -> None:
    """Write the student and the instructor edition into a folder, each also as a zip file."""
    from ftsec.base.project import find_project
    from ftsec.evidence import cite
    from ftsec.teaching.kit import build_kit, executed_copy, kit_chapters

    project = find_project()
    for archive in build_kit(project, plan, output, cite, slides=slides):
        click.echo(archive)
    bare = [path.stem for path in kit_chapters(project, plan) if not executed_copy(project, path).exists()]
    if bare:
        click.echo(f"no pictures in the instructor edition of {', '.join(bare)}; `ftsec build` makes them", err=True)


@workshop.command()
@click.option("--only", "chapters", multiple=True, metavar="NN", help="Only this chapter's exercises (repeatable).")
@click.option("--check", "compare", is_flag=True, help="Write nothing; fail if a stored key is out of date.")
def keys(chapters: tuple[str, ...], compare: bool) -> None:
    """Compute the answers of the exercises by running their chapters (for maintainers)."""
    from ftsec.base.files import write_atomic
    from ftsec.base.project import find_project
    from ftsec.teaching import exercises
    from ftsec.teaching.keys import compute_keys

    project = find_project()
    path = project.root / "ftsec" / "teaching" / "data" / "keys.json"
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    wanted = [each for each in exercises.exercises().values() if not chapters or each.chapter in chapters]
    computed = dict(compute_keys(project, wanted))
    for name, key in computed.items():
        click.echo(f"{name}  {key}"[:100])
    if compare:
        stale = sorted(name for name, key in computed.items() if stored.get(name) != key)
        if stale:
            click.echo(f"keys out of date: {', '.join(stale)}; run `ftsec workshop keys`", err=True)
            raise click.exceptions.Exit(NO)
        return
    known = {name: key for name, key in {**stored, **computed}.items() if name in exercises.exercises()}
    lines = (f" {json.dumps(name)}: {json.dumps(key, ensure_ascii=False)}" for name, key in sorted(known.items()))
    write_atomic(path, "{\n" + ",\n".join(lines) + "\n}\n")
