"""Stored runs: one folder each, which appears whole or not at all.

A run is written into a hidden folder ``.part-…`` and renamed when it is complete, so that a crash at any moment
leaves finished runs untouched and unfinished ones recognisable. Whoever writes one holds a lock on it, which the
system releases when the process ends, however it ends; `sweep_up` removes what nobody holds any more.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from ftsec.base import locks
from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.scratch import held_folder, remove_abandoned

RUN_FILE, NOTEBOOK = "run.json", "notebook.ipynb"
ARCHIVE = ".jsonl"  # many runs in one file, without their notebooks
PARTIAL, CLAIM = ".part-", ".claim-"
KEY_DIGITS = 10  # of a run's key in its folder's name
FORMAT = 2  # of run.json; the first had no number and no defaults


@dataclass(frozen=True)
class Run:
    """All that is known of one run; the content of its ``run.json``.

    Attributes:
        key: one digest for everything the run depends on; equal runs have equal keys.
        parameters: every parameter of the chapter with the value of this run.
        results: what the chapter recorded: objects with ``name``, ``value``, ``unit`` and ``interval``.
        status: ``ok``, ``failed`` or ``timeout``.
        error: ``cell``, ``source`` and ``message`` of what went wrong; None if the status is ``ok``.
        seconds: wall time, kernel start included.
        started: date and time (UTC).
        digests: digests of cells, parameters, code, data and lock; inputs: of the files that parameters name.
        versions: of Python and the main packages.
        defaults: what the parameters would have been; empty where that was not stored.
        format: of this object; older ones are read too.
    """

    chapter: str
    key: str
    parameters: dict
    results: list
    status: str
    error: dict | None
    seconds: float
    started: str
    digests: dict
    inputs: dict
    versions: dict
    defaults: dict = field(default_factory=dict)
    format: int = FORMAT

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    @property
    def changed(self) -> dict:
        """The parameters that were not left at their defaults."""
        missing = object()
        return {name: each for name, each in self.parameters.items() if self.defaults.get(name, missing) != each}


def as_run(content: object) -> Run:
    """The run that a ``run.json`` of this or of an older format holds; what it does not know is dropped.

    Raises:
        ValueError: with what is wrong, if it holds none.
    """
    if not isinstance(content, dict):
        raise ValueError("it holds no object")
    number = content.get("format", 1)
    if not isinstance(number, int) or number > FORMAT:
        raise ValueError(f"it has format {number!r}; this version of ftsec knows those up to {FORMAT}")
    content = {"defaults": {}} | content | {"format": FORMAT}
    names = [each.name for each in fields(Run)]
    if missing := [name for name in names if name not in content]:
        raise ValueError(f"it lacks {', '.join(missing)}")
    if not (isinstance(content["parameters"], dict) and isinstance(content["results"], list)):
        raise ValueError("its parameters are no object or its results no list")
    return Run(**{name: content[name] for name in names})


def warn(sentence: str) -> None:
    """What is told about a run that cannot be read, if nobody wants to hear it otherwise."""
    warnings.warn(sentence, stacklevel=3)


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """A hidden folder inside `folder` to write a run into; removed at the end unless it was published.

    Raises:
        InputError: if the folder cannot be written to.
    """
    with held_folder(PARTIAL, folder) as partial:
        partial.chmod(0o755)
        yield partial


def publish(partial: Path, run: Run) -> Path:
    """Complete the draft with ``run.json`` and give it its name, in one step; returns the run's folder."""
    write_atomic(partial / RUN_FILE, json.dumps(asdict(run), indent=2) + "\n")
    name = f"{run.started.translate({ord(sign): None for sign in '-:'})[:15]}-{run.key[:KEY_DIGITS]}"
    for number in itertools.count(1):
        target = partial.parent / (name if number == 1 else f"{name}-{number}")
        try:
            os.rename(partial, target)
        except OSError as error:
            if not target.exists():
                raise InputError(f"cannot write {target}: {error.strerror}") from error
        else:
            return target
    raise AssertionError("unreachable")


def remove(folder: Path) -> None:
    """Remove a stored run, in one step for whoever reads the store meanwhile.

    Raises:
        InputError: if the folder cannot be written to, or is a link: what it leads to lies elsewhere.
    """
    if folder.is_symlink():
        raise InputError(f"{folder} is a link; name the folder that it leads to")
    folder = folder.resolve()  # "." has no name
    hidden = folder.with_name(f"{PARTIAL}{folder.name}")
    try:
        os.rename(folder, hidden)
        shutil.rmtree(hidden)
    except OSError as error:
        raise InputError(f"cannot remove {folder}: {error.strerror}") from error


def sweep_up(folder: Path) -> int:
    """Remove the drafts in `folder` that nobody works on any more; returns how many."""
    removed = remove_abandoned(PARTIAL, folder)
    for claim in folder.glob(f"{CLAIM}*"):
        with suppress(OSError), locks.abandoned(claim):
            claim.unlink()
    return removed


def claim_run(folder: Path, key: str, wait: bool) -> AbstractContextManager[bool]:
    """Whether this process may make the run with this key; if not, another process is making it.

    Raises:
        InputError: if the folder cannot be written to.
    """
    return locks.claim(folder / f"{CLAIM}{key[:KEY_DIGITS]}", wait)


def find_run(folder: Path, key: str) -> tuple[Path, Run] | None:
    """The newest stored run with this key in a chapter's folder; None if there is none."""
    for path in sorted(folder.glob(f"[!.]*-{key[:KEY_DIGITS]}*"), reverse=True):
        run = read_run(path, tell=lambda _: None)  # its plan has told already
        if run is not None and run.key == key:
            return path, run
    return None


def stored_runs(paths: Iterable[Path], tell: Callable[[str], None] = warn) -> Iterator[tuple[Path, Run]]:
    """Every complete run in the paths with its place: run folders, chapter folders, whole stores, archives.

    Links inside a folder are not followed: they lead out of it or round in circles, and `remove` must do neither.

    Args:
        tell: is called with a sentence for each run that cannot be read, and for each link.
    """
    for path in paths:
        if path.suffix == ARCHIVE:
            yield from _archived_runs(path)
            continue
        run = read_run(path, tell)
        if run is not None:
            yield path, run
        elif not (path / RUN_FILE).exists():
            if (path / NOTEBOOK).exists():
                tell(f"left out {path}: it holds a {NOTEBOOK} and no {RUN_FILE}")
            yield from stored_runs(_subfolders(path, tell), tell)


def archive(runs: Iterable[Run]) -> str:
    """The runs as the content of one file, a line each, which `stored_runs` reads like a store."""
    return "".join(json.dumps(asdict(run)) + "\n" for run in runs)


def _archived_runs(path: Path) -> Iterator[tuple[Path, Run]]:
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path, as_run(json.loads(line))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no archive of runs: {error}") from error


def _subfolders(path: Path, tell: Callable[[str], None]) -> list[Path]:
    """The visible folders in a folder, by name; none if it is not there."""
    if not path.is_dir():
        return []
    try:
        with os.scandir(path) as entries:
            visible = sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)
    except OSError as error:
        tell(f"left out {path}: it cannot be read ({error.strerror})")
        return []
    for link in (entry for entry in visible if entry.is_symlink()):
        if Path(link.path).suffix != ARCHIVE:
            tell(f"left out {link.path}: it is a link; name the folder that it leads to")
    return [Path(entry.path) for entry in visible if entry.is_dir(follow_symlinks=False)]


def read_run(folder: Path, tell: Callable[[str], None] = warn) -> Run | None:
    """The run stored in a folder; None if the folder holds none, or, after telling, if it cannot be read."""
    try:
        with open(os.path.join(folder, RUN_FILE), "rb") as file:
            return as_run(json.loads(file.read()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error  # the folder is named already
        tell(f"left out {folder}: its {RUN_FILE} cannot be read ({why})")
        return None
