"""``ftsec sweep``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.base.statuses import NO
from ftsec.cli.progress import SweepProgress, counted, duration
from ftsec.cli.values import CHAPTER, KERNEL, PARAMETERS, STORE, TIMEOUT, VALUE_FILE, given_values
from ftsec.running.grid import SAMPLERS
from ftsec.running.workers import default_workers


@click.command()
@CHAPTER
@click.option("-g", "--grid", "axes", multiple=True, metavar="NAME=A,B,…", help="Vary over a grid (repeatable).")
@click.option("-z", "--zip", "zipped", multiple=True, metavar="NAME=A,B,…", help="Vary together with the other -z.")
@click.option("-s", "--sample", "ranges", multiple=True, metavar="NAME=LOW:HIGH[:log]", help="Sample from a range.")
@click.option("-n", "--samples", "n_samples", type=click.IntRange(1), default=32, show_default=True, help="How many.")
@click.option("--sampler", type=click.Choice(SAMPLERS), default=SAMPLERS[0], show_default=True, help="How.")
@click.option("--sample-seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the samples.")
@click.option("--seeds", type=click.IntRange(1), help="Repeat every run with this many seeds.")
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
    report: bool, kernel: str, seeds: int | None, value_file: Path | None, assignments: tuple[str, ...],
    scheduler: str | None, **variation: object,
) -> None:  # fmt: skip
    """Run a CHAPTER many times over a grid, over lists or over samples; every run is stored as it ends."""
    from ftsec.publishing.run_report import needed_report_maker
    from ftsec.running.grid import combine, seed_points
    from ftsec.running.runs import ChapterRuns
    from ftsec.running.sweep import plan_sweep, run_sweep

    if retry_failed and not resume:
        raise InputError("--retry-failed goes with --resume: without it every run is made again")
    project = find_project()
    runs = ChapterRuns(project, project.chapter(chapter), store)
    fixed = given_values(value_file, assignments)
    points = combine([fixed], *_varied(runs.parameters, **variation), seed_points(runs.parameters, seeds))
    options = {"resume": resume, "retry": retry_failed, "timeout": timeout, "kernel": kernel}
    options |= {"report": needed_report_maker()} if report else {}
    plan = plan_sweep(project, runs, points, **options)
    console = Console(highlight=False, soft_wrap=True)
    if scheduler is not None and plan.jobs and not dry_run:
        from ftsec.running.cluster import run_sweep_on, workers_of

        jobs = workers_of(scheduler)
    console.print(announcement(plan, jobs))
    if dry_run or not plan.jobs:
        return
    with SweepProgress(console, plan) as progress:
        for folder, run in run_sweep(plan, jobs) if scheduler is None else run_sweep_on(scheduler, plan):
            progress.stored(folder, run)
    console.print(progress.closing_line())
    if progress.failed:
        sys.exit(NO)


def announcement(plan: object, jobs: int) -> str:
    """How many runs there will be and how long they take, in a sentence."""
    kept = "kept" if plan.resumed else "made again; --resume keeps them"
    stored = f" ({plan.stored} stored already, {kept})" if plan.stored else ""
    left = plan.seconds_left(jobs)
    time = "no run is stored yet that says how long" if left is None else f"about {duration(left)}"
    workers = f"{min(jobs, len(plan.jobs))} at once" if plan.jobs else "nothing to do"
    return f"{counted(len(plan.jobs))} to make{stored}" + (f", {workers}, {time}" if plan.jobs else "")


def _varied(
    parameters: Sequence, axes: tuple, zipped: tuple, ranges: tuple, n_samples: int, sampler: str, sample_seed: int
) -> list[list[dict]]:
    """The points of the grid, of the lists that go together, and of the samples."""
    from ftsec.running.grid import grid, read_axis, read_range, samples, together
    from ftsec.running.value_syntax import read_assignments

    whole = [parameter.name for parameter in parameters if parameter.type == "int"]
    crossed, paired = (
        {name: read_axis(name, text) for name, text in read_assignments(texts).items()} for texts in (axes, zipped)
    )
    intervals = {name: read_range(name, text) for name, text in read_assignments(ranges).items()}
    return [grid(crossed), together(paired), samples(intervals, whole, n_samples, sampler, sample_seed)]
