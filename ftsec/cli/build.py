"""``ftsec build`` and ``ftsec refresh``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path

import click

from ftsec.base.project import find_project
from ftsec.base.vocabulary import VERDICTS
from ftsec.cli.values import KERNEL, Seconds
from ftsec.running.workers import default_workers

CLAIMS = "evidence/data/claims.csv"
JOBS = click.option(
    "-j", "--jobs", type=click.IntRange(1), default=default_workers, help="Chapters at once [default: number of cores]."
)
ONLY = click.option("--only", "names", multiple=True, metavar="CHAPTER", help="Only this chapter (repeatable).")
OUTPUT = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead."
)
TIMEOUT = click.option("--timeout", type=Seconds(1), help="Seconds that one cell may take.")


@click.command()
@click.option("--force", is_flag=True, help="Execute and render everything, stale or not.")
@JOBS
@ONLY
@TIMEOUT
@KERNEL
def build(force: bool, jobs: int, names: tuple[str, ...], timeout: float | None, kernel: str) -> None:
    """Execute stale chapters and build the book into _build/html.

    With SOURCE_DATE_EPOCH (seconds since 1970) set, all times in the pages are that moment: equal sources then make
    equal sites, byte for byte.
    """
    project = find_project()
    from rich.console import Console

    from ftsec.cli.progress import ChapterProgress
    from ftsec.publishing.build import build_book

    console = Console(highlight=False, soft_wrap=True)
    only = [project.chapter(name) for name in names] or None
    options = {"workers": jobs, "force": force, "only": only, "timeout": timeout, "kernel": kernel}
    with ChapterProgress(console) as progress:
        report = build_book(project, progress, **options, **_additions())
    for line in progress.failure_lines(report.failures):
        print(line, file=sys.stderr)
    built = "built" if report.site_built else "unchanged"
    console.print(f"book {built}: {project.site / 'index.html'}")
    if report.failures:
        sys.exit(1)


@click.command()
@JOBS
@ONLY
@TIMEOUT
def refresh(jobs: int, names: tuple[str, ...], timeout: float | None) -> None:
    """Re-execute chapters and write their text outputs back into notebooks/ in the committed form."""
    from rich.console import Console

    from ftsec.cli.progress import ChapterProgress
    from ftsec.running.refresh import refresh_chapters

    project = find_project()
    console = Console(highlight=False, soft_wrap=True)
    chapters = [project.chapter(name) for name in names] or project.chapters()
    with ChapterProgress(console) as progress:
        failures = refresh_chapters(project, progress, chapters, workers=jobs, timeout=timeout)
    for line in progress.failure_lines(failures):
        print(line, file=sys.stderr)
    if failures:
        sys.exit(1)


@click.command()
@OUTPUT
def pdf(output: Path | None) -> None:
    """Print the whole book to one PDF and offer it on the site (needs a Chromium)."""
    from ftsec.printing.pdf import print_book

    _make(print_book, output)


@click.command()
@OUTPUT
def epub(output: Path | None) -> None:
    """Write the whole book to one ePub and offer it on the site (needs a Chromium)."""
    from ftsec.printing.epub import write_epub

    _make(write_epub, output)


def _make(write: Callable[..., Path], output: Path | None) -> None:
    from ftsec.defenses.outputs import no_dash
    from ftsec.publishing.site import render
    from ftsec.publishing.stage import stage

    if output:
        no_dash(output)
    project = find_project()
    additions = _additions()
    tell = partial(click.echo, err=True)
    click.echo(write(project, stage(project, **additions).content, output, tell))
    if output is None:
        tell("rendering the site that offers it")
        render(project, stage(project, **additions).whole)


def _additions() -> dict[str, object]:
    """What the rooms that publishing does not know add to the site."""
    from ftsec.evidence.exports import files

    offered = {f"evidence/{name}": content for name, content in files().items()}
    return {"counts": claims_by_verdict(), "ends": chapter_quizzes(), "offered": offered}


def chapter_quizzes() -> dict[str, str]:
    """The quiz of each chapter, as Markdown."""
    from ftsec.teaching.quizzes import as_markdown, quizzes

    return {number: as_markdown(quiz) for number, quiz in quizzes().items()}


def claims_by_verdict() -> dict[str, dict[str, int]]:
    """For each chapter, how many of its claims got which verdict: columns of the status page."""
    # read as plain CSV: loading the whole evidence room would cost a build that has nothing to do two seconds
    counts: dict[str, dict[str, int]] = {}
    with resources.files("ftsec").joinpath(CLAIMS).open(encoding="utf-8", newline="") as file:
        for claim in csv.DictReader(file):
            counts.setdefault(claim["chapter"], dict.fromkeys(VERDICTS, 0))[claim["verdict"]] += 1
    return counts
