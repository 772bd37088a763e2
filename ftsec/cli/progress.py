"""What a terminal shows while chapters execute: a bar on a terminal, a line per chapter anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ftsec.execution.notebook import Outcome

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
