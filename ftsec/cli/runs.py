"""``ftsec runs``: what is stored, one run in full, two side by side, and what is not wanted any more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ftsec.base.errors import InputError
from ftsec.base.record import as_text
from ftsec.base.statuses import CANNOT_SAY, NO
from ftsec.cli.compare import found_runs
from ftsec.cli.values import WHERE

if TYPE_CHECKING:
    from ftsec.running.store import Run

PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
STORE = Path("runs")
NO_MATCH = "no run matches"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def runs() -> None:
    """List, show, compare or remove stored runs."""


@runs.command("list")
@PATHS
@WHERE
def list_runs(paths: tuple[Path, ...], where: tuple[str, ...]) -> None:
    """List the runs in PATHS (runs/ if none is named), oldest first: status, time, and what is not at its default."""
    found, complete = found_runs(paths or (STORE,), where, none_will_do=True)
    if not found:
        print(NO_MATCH)
    for folder, run in found:
        changed = "  ".join(f"{name}={value}" for name, value in run.changed.items()) or "defaults"
        print(f"{folder}  {run.status:<7}  {run.seconds:6.1f} s  {changed}")
    if not complete:
        sys.exit(NO)


@runs.command()
@click.argument("path", metavar="RUN", type=click.Path(path_type=Path))
def show(path: Path) -> None:
    """Show all that is known of one RUN: parameters, results, error, versions, digests."""
    run = _the_run(path)
    print(f"{run.chapter}: {run.status} in {run.seconds:.1f} s, started {run.started}, key {run.key}")
    for name, value in run.parameters.items():
        changed = f"  (default {run.defaults[name]!r})" if name in run.changed and name in run.defaults else ""
        print(f"  {name} = {value!r}{changed}")
    print("\n".join(as_text(result) for result in run.results) or "no results")
    if run.error:
        print(f"cell {run.error['cell']}: {run.error['message']}")
    for title, about in (("versions", run.versions), ("digests", run.digests), ("files given", run.inputs)):
        if about:
            print(f"{title}: " + ", ".join(f"{name} {value}" for name, value in about.items()))


@runs.command("compare")
@click.argument("paths", metavar="A B", nargs=2, type=click.Path(path_type=Path))
def compare_two(paths: tuple[Path, Path]) -> None:
    """Set two runs, or two folders of runs, side by side; runs of folders are paired by their parameters.

    The status is 1 if anything but time differs, 3 if no two runs have equal parameters.
    """
    found = [found_runs((path,), ()) for path in paths]
    sides = [[run for _, run in stored] for stored, _ in found]
    if len(sides[0]) == len(sides[1]) == 1:
        pairs, alone = [(sides[0][0], sides[1][0])], 0
    else:
        first, second = ({_place(run): run for run in side} for side in sides)
        pairs = [(first[place], second[place]) for place in first if place in second]
        alone = len(first) + len(second) - 2 * len(pairs)
        print(f"{len(pairs)} pairs of equal parameters" + (f", {alone} runs without a partner" if alone else ""))
    if not pairs:
        print("nothing is comparable")
        sys.exit(CANNOT_SAY)
    differ = [rows for rows in (list(differences(*pair)) for pair in pairs) if rows]
    for rows in differ:
        _print_columns([("", *map(str, paths)), *rows])
    print("they differ" if differ or alone else "the same parameters, code, data and results")
    if differ or alone or not all(complete for _, complete in found):
        sys.exit(NO)


@runs.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@WHERE
@click.option("--yes", is_flag=True, help="Do not ask.")
def rm(paths: tuple[Path, ...], where: tuple[str, ...], yes: bool) -> None:
    """Remove the runs in PATHS, or those that obey a condition; asks first. Links are not followed."""
    from ftsec.cli.progress import counted
    from ftsec.running.store import remove

    if links := [path for path in paths if path.is_symlink()]:
        raise InputError(f"{links[0]} is a link; name the folder that it leads to")
    found, complete = found_runs(paths, where, none_will_do=True)
    if archives := [folder for folder, _ in found if not folder.is_dir()]:
        raise InputError(f"{archives[0]} is an archive; runs are removed from folders")
    folders = list({folder.resolve(): folder for folder, _ in found}.values())  # one may be named twice
    if not folders:
        print(NO_MATCH)
    elif yes or _confirmed(f"remove {counted(len(folders))} in {', '.join(map(str, paths))}?"):
        for folder in folders:
            remove(folder)
        print(f"{counted(len(folders))} removed")
    else:
        print("nothing removed")
        return
    if not complete:
        sys.exit(NO)


def _confirmed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort as stopped:
        if isinstance(stopped.__context__, EOFError):  # else Ctrl-C
            click.echo(err=True)
            raise InputError("not removed: nobody answered; use --yes") from None
        raise


def differences(a: Run, b: Run) -> list[tuple[str, str, str]]:
    """What two runs do not share: chapter, parameters, status, code, data, versions, results; a row for each."""
    rows = [(name, getattr(a, name), getattr(b, name)) for name in ("chapter", "status")]
    for name in ("parameters", "digests", "inputs", "versions"):
        left, right = getattr(a, name), getattr(b, name)
        kind = "" if name == "parameters" else f"{name}: "
        # a digest of the parameters says nothing beside them
        names = [each for each in dict.fromkeys((*left, *right)) if (name, each) != ("digests", "parameters")]
        rows += [(f"{kind}{each}", left.get(each, "–"), right.get(each, "–")) for each in names]
    left, right = ({result["name"]: _value(result) for result in run.results} for run in (a, b))
    rows += [(name, left.get(name, "–"), right.get(name, "–")) for name in dict.fromkeys((*left, *right))]
    return [(name, str(one), str(other)) for name, one, other in rows if one != other]


def _value(result: dict) -> str:
    return as_text(result).removeprefix(result["name"]).lstrip("=: ")


def _place(run: Run) -> str:
    return f"{run.chapter} {sorted(run.parameters.items())}"


def _the_run(path: Path) -> Run:
    found, _ = found_runs((path,), ())
    if len(found) != 1:
        raise InputError(f"{path} holds {len(found)} runs; name one")
    return found[0][1]


def _print_columns(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
