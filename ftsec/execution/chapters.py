"""The chapters of the book: which are stale, and bringing them up to date side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ftsec.execution.digests import Digests
from ftsec.execution.files import write_atomic
from ftsec.execution.notebook import Kernel, Outcome, run_notebook, shared_kernels
from ftsec.execution.project import Project
from ftsec.execution.workers import run_jobs

FOR_PAGES = {"FTSEC_NARROW_FIGURES": "1"}  # figures are drawn once more, as wide as a phone


@dataclass(frozen=True)
class ChapterJob:
    """One chapter to execute: picklable, so that a worker process can take it."""

    root: Path
    source: Path
    target: Path
    digests: Digests
    timeout: float | None
    kernel: Kernel = "fresh"

    @property
    def name(self) -> str:
        return self.source.stem


@dataclass(frozen=True)
class ChapterState:
    """What is known of a chapter's last execution; stored beside the executed copy."""

    digests: Digests
    outcome: Outcome
    executed_at: str


def state_file(project: Project, chapter: Path) -> Path:
    return project.executed / f"{chapter.stem}.json"


def read_state(project: Project, chapter: Path) -> dict | None:
    """The stored state of the chapter's last execution; None if there is none that can be read."""
    try:
        return json.loads(state_file(project, chapter).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def is_stale(project: Project, chapter: Path, digests: Digests) -> bool:
    """Whether the chapter must be executed: never done, failed, or something it depends on changed."""
    state = read_state(project, chapter)
    done = (project.executed / chapter.name).exists() and state is not None
    return not (done and state["outcome"]["status"] == "ok" and state["digests"] == asdict(digests))


def execute_chapters(jobs: list[ChapterJob], workers: int) -> Iterator[tuple[ChapterJob, Outcome]]:
    """Execute the chapters side by side; yields each with its outcome as it ends."""
    prepare = shared_kernels(jobs[0].kernel, jobs[0].root) if jobs else None
    yield from run_jobs(execute_chapter, jobs, workers, prepare)


def execute_chapter(job: ChapterJob) -> Outcome:
    """Execute one chapter and store its copy and its state. Runs in a worker process."""
    outcome = run_notebook(
        job.source, job.target, root=job.root, timeout=job.timeout, kernel=job.kernel, environment=FOR_PAGES
    )
    state = ChapterState(job.digests, outcome, datetime.now(UTC).isoformat(timespec="seconds"))
    write_atomic(job.target.with_suffix(".json"), json.dumps(asdict(state), indent=2) + "\n")
    return outcome
