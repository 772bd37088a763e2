"""What a terminal shows while chapters execute: a bar on a terminal, a line per chapter anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ftsec.running.notebook import Outcome

if TYPE_CHECKING:
    from ftsec.running.store import Run
    from ftsec.running.sweep import Plan

MARKS = {"ok": "[green]ok[/]", "failed": "[red]failed[/]", "timeout": "[red]time limit[/]"}


class ChapterProgress:
    """A build's listener that draws on a `rich` console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

    def __enter__(self) -> ChapterProgress:
        self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()

    def planned(self, stale: list[str], fresh: list[str]) -> None:
        self.console.print(f"chapters: {len(stale)} to execute, {len(fresh)} up to date")
        self.task = self.bar.add_task("chapters", total=len(stale), visible=bool(stale))

    def chapter(self, name: str, outcome: Outcome) -> None:
        self.bar.advance(self.task)
        self.console.print(f"  {escape(name):<28} {outcome.seconds:6.1f} s  {MARKS[outcome.status]}")

    def step(self, name: str, seconds: float) -> None:
        self.console.print(f"{name:<8} {seconds:6.1f} s")

    @staticmethod
    def failure_lines(failures: dict[str, Outcome]) -> Iterator[str]:
        """For each failed chapter: the cell, its first lines, the error."""
        for name, outcome in failures.items():
            yield f"ftsec: chapter {name}, cell {outcome.error.cell}: {outcome.error.message}"
            for line in outcome.error.source.splitlines()[:5]:
                yield f"    {line}"


class SweepProgress:
    """How a sweep goes on: a bar with rate and time left on a terminal, a line now and then elsewhere."""

    EVERY = 10  # seconds between lines where there is no terminal

    def __init__(self, console: Console, plan: Plan) -> None:
        self.console, self.total = console, len(plan.jobs)
        self.done, self.failed = 0, 0
        columns = (TextColumn("runs"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self.bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.bar.add_task("", total=self.total)

    def __enter__(self) -> SweepProgress:
        self.start = self.spoken = time.monotonic()
        self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()

    def stored(self, folder: Path, run: Run) -> None:
        self.done += 1
        self.bar.update(self.task, advance=1, description=self.pace())
        if not run.ok:
            self.failed += 1
            self.console.print(f"  {MARKS[run.status]} {escape(folder.name)}: {escape(run.error['message'])}")
        if not self.console.is_terminal and time.monotonic() - self.spoken > self.EVERY:
            self.spoken = time.monotonic()
            self.console.print(f"  {self.done} of {self.total} stored, {self.pace()}")

    def pace(self) -> str:
        """Rate and time left."""
        rate = self.done / (time.monotonic() - self.start)
        return f"{60 * rate:.0f} a minute, {duration((self.total - self.done) / rate)} left"

    def closing_line(self) -> str:
        took = time.monotonic() - self.start
        failed = f", {self.failed} of them failed" if self.failed else ""
        return f"{counted(self.done)} stored in {duration(took)} ({took / max(self.done, 1):.2f} s a run){failed}"


def counted(runs: int) -> str:
    """``1 run``, ``2 runs``."""
    return f"{runs} run" if runs == 1 else f"{runs} runs"


def duration(seconds: float) -> str:
    """Seconds as people say them: ``8 s``, ``4 min``, ``2 h 05 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02} min"
