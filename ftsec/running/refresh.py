"""Re-execute chapters and write their outputs back as the reference that is committed."""

from __future__ import annotations

from pathlib import Path

import nbformat

from ftsec.base.project import Project
from ftsec.running.chapters import Listener, chapter_jobs, execute_chapters
from ftsec.running.committed_form import write_reference
from ftsec.running.notebook import Outcome


def refresh_chapters(
    project: Project, listener: Listener, chapters: list[Path], *, workers: int, timeout: float | None = None
) -> dict[str, Outcome]:
    """Execute the chapters and write back those that succeed; returns the failures by name."""
    jobs = chapter_jobs(project, timeout, chapters, kernel="fresh")  # what warm kernels are compared with
    listener.planned([job.name for job in jobs], [])
    failures = {}
    for job, outcome in execute_chapters(jobs, workers):
        listener.chapter(job.name, outcome)
        if outcome.ok:
            write_reference(job.source, nbformat.read(job.target, as_version=4))
        else:
            failures[job.name] = outcome
    return failures
