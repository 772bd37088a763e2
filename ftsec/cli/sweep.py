"""``ftsec sweep``."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.base.statuses import NO
from ftsec.cli.progress import SweepProgress, counted, duration
from ftsec.cli.values import KERNEL, PARAMETERS, STORE, TIMEOUT, VALUE_FILE, given_values
from ftsec.running.grid import SAMPLERS
from ftsec.running.workers import default_workers


@click.command()
@click.argument("chapter", metavar="CHAPTER|SWEEP.YAML")
@click.option("-g", "--grid", multiple=True, metavar="NAME=A,B,…", help="Vary over a grid (repeatable).")
@click.option("-z", "--zip", multiple=True, metavar="NAME=A,B,…", help="Vary together with the other -z.")
@click.option("-s", "--sample", multiple=True, metavar="NAME=LOW:HIGH[:log]", help="Sample from a range.")
@click.option("-n", "--samples", type=click.IntRange(1), help="How many samples [default: 32].")
@click.option("--sampler", type=click.Choice(SAMPLERS), help=f"How they are drawn [default: {SAMPLERS[0]}].")
@click.option("--sample-seed", type=click.IntRange(0), help="Seed of the samples [default: 0].")
@click.option("--seeds", type=click.IntRange(1), help="Repeat every run with this many seeds.")
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="Leave out what breaks it: 'n_harmful < 50'.")
@click.option("--strict", is_flag=True, default=None, help="Refuse points that break a rule instead.")
@PARAMETERS
@VALUE_FILE
@STORE
@TIMEOUT
@KERNEL
@click.option("-j", "--jobs", type=click.IntRange(1), default=default_workers, help="Runs at once [number of cores].")
@click.option("--scheduler", metavar="ADDRESS", help="Run on this Dask scheduler's workers: tcp://host:8786.")
@click.option("--resume", is_flag=True, help="Keep the runs that are stored; make only the missing ones.")
@click.option("--retry-failed", is_flag=True, help="With --resume: make the failed ones again.")
@click.option("--report", is_flag=True, help="Write report.html for every run.")
@click.option("--dry-run", is_flag=True, help="Check and count, run nothing.")
def sweep(
    chapter: str, store: Path, jobs: int, dry_run: bool, timeout: float | None, resume: bool, retry_failed: bool,
    report: bool, kernel: str, value_file: Path | None, assignments: tuple[str, ...], scheduler: str | None,
    **variation: object,
) -> None:  # fmt: skip
    """Run a CHAPTER many times over a grid, over lists or over samples; every run is stored as it ends.

    A sweep can be read from a file, too; each sweep leaves one beside its runs.
    """
    from ftsec.publishing.run_report import needed_report_maker
    from ftsec.running.definition import SUFFIXES, read_definition
    from ftsec.running.runs import ChapterRuns
    from ftsec.running.sweep import plan_sweep, run_sweep

    if retry_failed and not resume:
        raise InputError("--retry-failed goes with --resume: without it every run is made again")
    project, file = find_project(), Path(chapter) if chapter.endswith(SUFFIXES) else None
    given = _given(variation) | {"fixed": given_values(value_file, assignments)}
    definition = read_definition(file, given if file else given | {"chapter": chapter})
    if variation["samples"] and not definition.sample:
        raise InputError("--samples goes with --sample: there is no range to draw from")
    runs = ChapterRuns(project, project.chapter(definition.chapter), store)
    definition = replace(definition.typed(runs.parameters), chapter=runs.chapter.stem)
    points, left_out = definition.points(runs.parameters)
    options = {"resume": resume, "retry": retry_failed, "timeout": timeout, "kernel": kernel}
    options |= {"report": needed_report_maker()} if report else {}
    plan = plan_sweep(project, runs, points, **options)
    for sentence in plan.left_out:
        print(f"ftsec: {sentence}", file=sys.stderr)
    console = Console(highlight=False, soft_wrap=True)
    if scheduler is not None and plan.jobs:
        from ftsec.running.cluster import run_sweep_on, workers_of

        jobs = workers_of(scheduler)
    console.print(announcement(plan, jobs, left_out), markup=False)
    if dry_run or not plan.jobs:
        return
    definition.keep(plan.folder, shlex.join(["ftsec", *sys.argv[1:]]))
    with SweepProgress(console, plan) as progress:
        for folder, run in run_sweep(plan, jobs) if scheduler is None else run_sweep_on(scheduler, plan):
            progress.stored(folder, run)
    console.print(progress.closing_line())
    if progress.failed:
        sys.exit(NO)


def announcement(plan: object, jobs: int, left_out: int = 0) -> str:
    """How many runs there will be and how long they take, in a sentence."""
    kept = "kept" if plan.resumed else "made again; --resume keeps them"
    notes = [f"{plan.stored} stored already, {kept}"] if plan.stored else []
    notes += [f"{left_out} left out, since {'it breaks' if left_out == 1 else 'they break'} a rule"] if left_out else []
    noted = f" ({'; '.join(notes)})" if notes else ""
    left = plan.seconds_left(jobs)
    time = "no run is stored yet that says how long" if left is None else f"about {duration(left)}"
    workers = f"{min(jobs, len(plan.jobs))} at once" if plan.jobs else "nothing to do"
    return f"{counted(len(plan.jobs))} to make{noted}" + (f", {workers}, {time}" if plan.jobs else "")


def _given(variation: dict[str, object]) -> dict[str, object]:
    """What the options say of a sweep, in the form of its file."""
    from ftsec.running.value_syntax import read_assignments

    said = {name: value for name, value in variation.items() if value not in (None, ())}
    return said | {name: read_assignments(said[name]) for name in ("grid", "zip", "sample") if name in said}
