"""``ftsec run``."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import click

from ftsec.base.project import find_project
from ftsec.base.record import as_text
from ftsec.base.statuses import NO
from ftsec.cli.values import CHAPTER, KERNEL, PARAMETERS, STORE, TIMEOUT, VALUE_FILE, given_values


@click.command()
@CHAPTER
@PARAMETERS
@VALUE_FILE
@STORE
@TIMEOUT
@KERNEL
@click.option("--open", "shown", is_flag=True, help="Show report.html in the browser.")
def run(
    chapter: str, assignments: tuple[str, ...], value_file: Path | None, store: Path, timeout: float | None,
    kernel: str, shown: bool,
) -> None:  # fmt: skip
    """Run a CHAPTER with new parameters; store notebook, report and results."""
    from ftsec.running.notebook import prepare_kernels

    project = find_project()
    if kernel == "warm":
        prepare_kernels(project.root, many=False)  # its imports and those below go on side by side
    from ftsec.publishing.run_report import import_ahead, needed_report_maker, report_maker
    from ftsec.running.runs import REPORT, ChapterRuns, execute_run
    from ftsec.running.store import sweep_up

    runs = ChapterRuns(project, project.chapter(chapter), store)
    given = given_values(value_file, assignments)
    report = needed_report_maker() if shown else report_maker()
    job = runs.job(given, timeout=timeout, report=report, kernel=kernel)
    if report:
        import_ahead()
    sweep_up(job.folder)
    folder, done = execute_run(job)
    for result in done.results:
        print(as_text(result))
    print(f"{done.status} in {done.seconds:.1f} s, stored in {_near(folder)}")
    if not job.report:
        print("no report.html: its packages come with pip install 'ftsec[book]'", file=sys.stderr)
    if shown and (folder / REPORT).exists():
        webbrowser.open((folder / REPORT).absolute().as_uri())
    if not done.ok:
        print(f"ftsec: {done.chapter}, cell {done.error['cell']}: {done.error['message']}", file=sys.stderr)
        sys.exit(NO)


def _near(folder: Path) -> Path:
    """The folder as seen from the working directory, if it lies below it."""
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
