"""``ftsec workshop``: the teacher's kit, and the keys of its exercises."""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path

import click

from ftsec.base.statuses import NO
from ftsec.cli.gather import gather
from ftsec.teaching.plans import PLANS
from ftsec.teaching.wheelhouse import PYTHONS, SYSTEMS

LOCK = "requirements-lab.txt"  # what a kit installs


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def workshop() -> None:
    """Make the teacher's kit; gather what a class predicted."""


workshop.add_command(gather)


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
    """Compute the answers of exercises and the outcomes of predictions by running the chapters (for maintainers)."""
    from ftsec.base.project import find_project
    from ftsec.teaching import exercises
    from ftsec.teaching.keys import compute_keys, compute_outcomes

    project, known, labs = find_project(), exercises.exercises(), exercises.labs()
    stale = []
    wanted = [each for each in known.values() if not chapters or each.chapter in chapters]
    stale += _stored("keys.json", dict(compute_keys(project, wanted)), known, compare)
    asked = {number: lab for number, lab in labs.items() if not chapters or number in chapters}
    stale += _stored("outcomes.json", dict(compute_outcomes(project, asked)), labs, compare)
    if compare and stale:
        click.echo(f"out of date: {', '.join(stale)}; run `ftsec workshop keys`", err=True)
        raise click.exceptions.Exit(NO)


def _stored(name: str, computed: dict[str, object], known: Container[str], compare: bool) -> list[str]:
    """Say what was computed and write it, unless only compared; the names of what the file has otherwise."""
    from ftsec.base.files import write_atomic
    from ftsec.base.project import find_project

    path = find_project().root / "ftsec" / "teaching" / "data" / name
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for key, value in computed.items():
        click.echo(f"{key}  {value}"[:100])
    if not compare:
        kept = {key: value for key, value in {**stored, **computed}.items() if key in known}
        lines = (f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in sorted(kept.items()))
        write_atomic(path, "{\n" + ",\n".join(lines) + "\n}\n")
    return sorted(key for key, value in computed.items() if stored.get(key) != value)


@workshop.command()
@click.option("--system", type=click.Choice(list(SYSTEMS)), required=True, help="Of the computers in class.")
@click.option("--python", type=click.Choice(PYTHONS), default="3.12", show_default=True, help="Of these computers.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True)
def wheels(system: str, python: str, output: Path) -> None:
    """Download what the kit installs, for computers of another system too; every file's hash is checked.

    Put the folder beside the kit's and call it wheelhouse. Ends with 1 if a package has no wheel for that system.
    """
    from ftsec.base.project import find_project
    from ftsec.teaching.wheelhouse import fill

    root = find_project().root
    missing = fill(root / LOCK, system, python, output)
    found = len(list(output.glob("*.whl")))
    click.echo(f"{found} wheels for {system}, Python {python}, in {output}")
    if missing:
        click.echo(f"no wheel of {', '.join(missing)}", err=True)
        raise click.exceptions.Exit(NO)
