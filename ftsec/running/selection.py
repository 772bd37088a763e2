"""Which stored runs are meant: those in some folders or archives, and of these the ones that obey conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ftsec.base.errors import InputError, did_you_mean
from ftsec.running.rules import Rule
from ftsec.running.store import ARCHIVE, Run, stored_runs, warn

Found = list[tuple[Path, Run]]


class NoneMatches(InputError):
    """There are runs, and none of them obeys the conditions."""


def find_runs(
    paths: Sequence[Path],
    *,
    where: Iterable[str] = (),
    repeated: bool = False,
    tell: Callable[[str], None] = warn,
) -> Found:
    """The runs in the paths with their places, oldest first.

    Args:
        paths: run folders, chapter folders, whole stores, or archives (``runs.jsonl``).
        where: conditions on parameters, results, ``chapter``, ``status``, ``seconds`` and ``started`` (see `Rule`).
        repeated: keep every run; otherwise only the newest of those that are equal (in cells, code, data, parameters).
        tell: is called with a sentence for each run that cannot be read.

    Raises:
        InputError: if a path does not exist, there is no such run in it, or a condition speaks of what no run has.
    """
    for path in paths:
        if not path.is_dir() and not (path.suffix == ARCHIVE and path.is_file()):
            raise InputError(f"{path} is neither a folder of runs nor an archive of runs (*{ARCHIVE})")
    found = sorted(stored_runs(paths, tell), key=lambda pair: pair[1].started)
    if not found:
        raise InputError(f"there is no run in {', '.join(map(str, paths))}")
    chosen = _that_obey(found, [Rule(text) for text in where])
    if not chosen:
        raise NoneMatches(f"none of the {len(found)} runs in {', '.join(map(str, paths))} is as asked")
    return chosen if repeated else list({run.key: (folder, run) for folder, run in chosen}.values())


def facts(run: Run) -> dict[str, object]:
    """What conditions may speak of."""
    about = {"chapter": run.chapter, "status": run.status, "seconds": run.seconds, "started": run.started}
    return about | {result["name"]: result["value"] for result in run.results} | run.parameters


def _that_obey(found: Found, rules: Sequence[Rule]) -> Found:
    rows = [facts(run) for _, run in found]
    known = {name for row in rows for name in row}
    for name in (name for rule in rules for name in rule.names):
        if name not in known:
            raise InputError(f"no run has a {name!r}{did_you_mean(name, known) or '; texts stand in quotes'}")
    return [pair for pair, row in zip(found, rows, strict=True) if all(rule.holds(row) for rule in rules)]
