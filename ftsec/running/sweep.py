"""Many runs of one chapter: planned and checked first, stored one by one as they end, resumed after anything."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ftsec.base.project import Project
from ftsec.running.grid import Point
from ftsec.running.runs import ChapterRuns, RunJob, execute_run
from ftsec.running.store import Run, claim_run, find_run, stored_runs, sweep_up
from ftsec.running.workers import run_jobs


@dataclass(frozen=True)
class Plan:
    """What a sweep will do.

    Attributes:
        jobs: the runs to make, all different.
        stored: how many of the sweep's runs are stored already.
        resumed: whether these are kept; otherwise they are made again. retry: whether failed ones are made again.
        seconds: what one run usually takes; None if nothing is known.
        left_out: sentences about stored runs that cannot be read.
    """

    folder: Path
    jobs: list[RunJob]
    stored: int
    resumed: bool
    retry: bool
    seconds: float | None
    left_out: list[str]

    def seconds_left(self, workers: int) -> float | None:
        """An estimate of how long the whole sweep takes."""
        if self.seconds is None:
            return None
        rounds = -(-len(self.jobs) // workers)
        return rounds * self.seconds


def plan_sweep(
    project: Project,
    chapter: ChapterRuns,
    points: Iterable[Point],
    *,
    resume: bool = False,
    retry: bool = False,
    **options: object,
) -> Plan:
    """Check every point before anything starts, and find out which runs are stored already.

    Args:
        resume: keep what is stored; run only what is missing.
        retry: with `resume`, run again what failed.
        options: `timeout`, `report` and `kernel` of each `RunJob`.

    Raises:
        InputError: if a point is not allowed.
    """
    jobs = {job.key: job for job in (chapter.job(point, **options) for point in points)}
    left_out: list[str] = []
    runs = [run for _, run in stored_runs([chapter.folder], left_out.append)]
    stored = {run.key for run in runs if run.ok or not retry} & jobs.keys()
    missing = [job for key, job in jobs.items() if not (resume and key in stored)]
    seconds = _usual_seconds(project, chapter.chapter, runs)
    return Plan(chapter.folder, missing, len(stored), resume, retry, seconds, left_out)


def run_sweep(plan: Plan, workers: int) -> Iterator[tuple[Path, Run]]:
    """Make the planned runs side by side; yields each with its folder when it is stored.

    A kernel that dies, killed for lack of memory say, fails its own run and no other. Resumed sweeps into one folder
    share the work: what another one makes is waited for at the end.

    Raises:
        InputError: if runs cannot be stored.
    """
    sweep_up(plan.folder)
    missing, wait = {job.key: job for job in plan.jobs}, False
    while missing:
        make = partial(shared_run, retry=plan.retry, wait=wait) if plan.resumed else execute_run
        for job, stored in run_jobs(make, list(missing.values()), workers):
            if stored is not None:
                del missing[job.key]
                yield stored
        wait = True


def shared_run(job: RunJob, retry: bool, wait: bool) -> tuple[Path, Run] | None:
    """The run, made here or by another process meanwhile; None if another one is at it and `wait` is false."""
    with claim_run(job.folder, job.key, wait) as mine:
        if not mine:
            return None
        found = find_run(job.folder, job.key)
        return found if found and (found[1].ok or not retry) else execute_run(job)


def _usual_seconds(project: Project, chapter: Path, runs: Sequence[Run]) -> float | None:
    """The median time of the stored runs, or the time of the chapter's last execution for the book."""
    if times := [run.seconds for run in runs if run.ok]:
        return statistics.median(times)
    from ftsec.running.chapters import read_state

    state = read_state(project, chapter)
    return state["outcome"]["seconds"] if state else None
