"""The chapters of the book: which are stale, and bringing them up to date side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ftsec.base.files import write_atomic
from ftsec.base.project import Project
from ftsec.running.digests import DigestMaker, Digests
from ftsec.running.notebook import Kernel, Outcome, run_notebook
from ftsec.running.workers import run_jobs

FOR_PAGES = {"FTSEC_NARROW_FIGURES": "1"}  # figures are drawn once more, as wide as a phone


class Listener(Protocol):
    """Who is told how the build goes on."""

    def planned(self, stale: list[str], fresh: list[str]) -> None: ...

    def chapter(self, name: str, outcome: Outcome) -> None: ...

    def step(self, name: str, seconds: float) -> None: ...


@dataclass(frozen=True)
class ChapterJob:
    """One chapter to execute."""

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


def chapter_jobs(
    project: Project, timeout: float | None, chapters: list[Path], kernel: Kernel = "fresh"
) -> list[ChapterJob]:
    """A job for each chapter, with the digests of what it depends on now."""
    maker = DigestMaker(project.root)
    return [
        ChapterJob(project.root, path, project.executed / path.name, maker.digests(path), timeout, kernel)
        for path in chapters
    ]


def execute_chapters(jobs: list[ChapterJob], workers: int) -> Iterator[tuple[ChapterJob, Outcome]]:
    """Execute the chapters side by side; yields each with its outcome as it ends."""
    yield from run_jobs(execute_chapter, jobs, workers)


def execute_chapter(job: ChapterJob) -> Outcome:
    """Execute one chapter and store its copy and its state."""
    outcome = run_notebook(
        job.source, job.target, root=job.root, timeout=job.timeout, kernel=job.kernel, environment=FOR_PAGES
    )
    state = ChapterState(job.digests, outcome, datetime.now(UTC).isoformat(timespec="seconds"))
    write_atomic(job.target.with_suffix(".json"), json.dumps(asdict(state), indent=2) + "\n")
    return outcome
