"""The book build, a straight line: table of contents, stale chapters, papermill, staged source, Jupyter Book."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ftsec.base.project import Project
from ftsec.publishing.prose import shown_chapters
from ftsec.publishing.site import is_rendered, render
from ftsec.publishing.stage import stage
from ftsec.publishing.status import Counts
from ftsec.running.chapters import ChapterJob, Listener, chapter_jobs, execute_chapters, is_stale
from ftsec.running.notebook import Kernel, Outcome


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes:
        failures: outcome of every chapter that failed, by name.
        site_built: whether Jupyter Book ran; False if nothing it reads had changed.
    """

    failures: dict[str, Outcome]
    site_built: bool


def build_book(
    project: Project,
    listener: Listener,
    *,
    workers: int,
    force: bool = False,
    only: list[Path] | None = None,
    timeout: float | None = None,
    kernel: Kernel = "fresh",
    counts: Counts | None = None,
    ends: Mapping[str, str] | None = None,
    offered: Mapping[str, bytes] | None = None,
) -> BuildReport:
    """Execute what is stale, stage everything, render the site if its input changed.

    Args:
        workers: how many chapters execute at once.
        force: execute every chapter and render the site, stale or not.
        only: execute at most these chapters, and those never executed whose figures prose pages show.
        timeout: seconds that one cell may take.
        kernel: how kernels start.
        counts: what the status page counts for each chapter.
        ends: Markdown for the end of chapters, see `stage`.
        offered: files for download, see `stage`.
    """
    with _timed(listener, "execute"):
        chapters = project.chapters() if only is None else list(dict.fromkeys([*only, *_needed(project)]))
        jobs = chapter_jobs(project, timeout, chapters, kernel)
        failures = _execute_stale(project, listener, jobs, workers, force)
    with _timed(listener, "stage"):
        staged = stage(project, counts, ends, offered).whole
    current = not force and is_rendered(project, staged)
    if not current:
        with _timed(listener, "render"):
            render(project, staged)
    return BuildReport(failures, site_built=not current)


def _needed(project: Project) -> list[Path]:
    """Chapters that prose pages show figures of, as long as they were never executed: then there is no figure."""
    shown = shown_chapters(project)
    return [path for path in project.chapters() if path.stem in shown and not (project.executed / path.name).exists()]


def _execute_stale(
    project: Project, listener: Listener, jobs: list[ChapterJob], workers: int, force: bool
) -> dict[str, Outcome]:
    stale = [job for job in jobs if force or is_stale(project, job.source, job.digests)]
    listener.planned([job.name for job in stale], [job.name for job in jobs if job not in stale])
    failures = {}
    for job, outcome in execute_chapters(stale, workers):
        listener.chapter(job.name, outcome)
        if not outcome.ok:
            failures[job.name] = outcome
    return failures


class _timed:
    """Tells the listener how long a block took."""

    def __init__(self, listener: Listener, name: str) -> None:
        self.listener, self.name = listener, name

    def __enter__(self) -> None:
        self.start = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self.listener.step(self.name, time.perf_counter() - self.start)
