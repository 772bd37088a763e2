"""``ftsec testbed``: pre-train the bases and compute the stored tables of the testbed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from ftsec.base.errors import InputError
from ftsec.cli.seeds import seed_list


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def testbed() -> None:
    """Pre-train the testbed's models and compute its stored tables."""
    # one thread per process, set before NumPy is loaded: the matrices are small, and --jobs uses the other cores
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@testbed.command()
@click.option("--world", "kind", type=click.Choice(["hidden_topic", "named_topic"]), default="hidden_topic")
@click.option("--width", type=click.IntRange(min=2), default=48, show_default=True)
@click.option("--seeds", callback=seed_list, default="200-219", show_default=True)
@click.option("--again", is_flag=True, help="Train even where a base exists already.")
@click.option("--ship", is_flag=True, help="Write the bases into the package (for maintainers).")
def pretrain(kind: str, width: int, seeds: list[int], again: bool, ship: bool) -> None:
    """Pre-train bases into the cache (FTSEC_CACHE, by default ~/.cache/ftsec)."""
    from rich.progress import Progress

    from ftsec.testbed import bases

    todo = [seed for seed in seeds if again or not bases.has_base(kind, width, seed)]
    with Progress() as progress:
        bar = progress.add_task(f"{kind}, width {width}", total=len(todo))
        bases.make_bases(kind, width, todo, lambda n: progress.advance(bar, n))
    click.echo(f"trained {len(todo)} bases, {len(seeds) - len(todo)} existed")
    if ship:
        click.echo(f"wrote {bases.ship_bases(kind, width, seeds)}")


@testbed.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only this experiment; may be given several times.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes at once.")
@click.option("--scheduler", metavar="ADDRESS", help="Compute on this Dask scheduler's workers: tcp://host:8786.")
@click.option("--ship", is_flag=True, help="Write finished frames into the package (for maintainers).")
def report(only: tuple[str, ...], jobs: int, scheduler: str | None, ship: bool) -> None:
    """Compute the stored frames. Finished pieces are kept: an interrupted report goes on where it stopped."""
    from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

    from ftsec.testbed import frames
    from ftsec.testbed.experiments import experiments

    names = list(only or experiments())
    todo = [piece for name in names for piece in frames.pieces(name) if not piece.path.exists()]
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn()) as progress:
        bar = progress.add_task("pieces", total=len(todo))
        for piece in frames.compute_all(todo, jobs) if scheduler is None else computed_on(scheduler, todo):
            progress.update(bar, advance=1, description=piece.name)
    click.echo(f"{', '.join(names)}: complete")
    if ship:
        for name in names:
            click.echo(f"wrote {frames.ship(name)}")


@testbed.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only this frame; may be given several times.")
@click.option("--again", is_flag=True, help="Compute a slice of every setting again where the code has changed.")
@click.option("--bases", "n_bases", type=click.IntRange(min=1), default=1, show_default=True, help="Bases of a slice.")
@click.option("--ship", is_flag=True, help="Write what the slices gave into the package (for maintainers).")
def check(only: tuple[str, ...], again: bool, n_bases: int, ship: bool) -> None:
    """Say which stored frames were computed with other code than this; end with 1 if one may be out of date."""
    from ftsec.testbed import checks, frames

    unknown = sorted(set(only) - set(frames.shipped()))
    if unknown:
        raise InputError(f"no frame of {unknown[0]!r} is stored; there are: {', '.join(frames.shipped())}")
    doubtful = False
    for name in only or frames.shipped():
        found, difference = checks.check(name), None
        if again and found.status != "current":
            difference = checks.slice_again(name, n_bases)
            if ship:
                checks.note_slice(name, difference, n_bases)
        click.echo(checks.sentence(found, difference))
        doubtful |= found.status == "older" and not (difference is not None and difference <= checks.AGREES)
    if doubtful:
        raise SystemExit(1)


def computed_on(scheduler: str, todo: list) -> Iterator:
    """The pieces as the scheduler's workers end them; their results are stored here."""
    from ftsec.running.cluster import run_jobs_on
    from ftsec.testbed.frames import computed, keep

    for piece, (name, content) in run_jobs_on(scheduler, computed, todo):
        keep(piece, name, content)
        yield piece
