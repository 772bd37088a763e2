"""Is this computer ready for class? Each check looks at one thing and says what to do if it is at fault."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ftsec.running.notebook import run_notebook

OLDEST, NEWEST = (3, 11), (3, 14)  # as in pyproject.toml
MEMORY_GB = 1.0  # free; the largest chapter and its kernel stay below
DISK_GB = 1.0  # free; the executed book takes a fraction
KERNEL_SECONDS = 60.0
KIT_MARK = "lab.py"  # JupyterLab's settings, which only a kit has
SET_UP_AGAIN = "run `make book` again in the folder of the book; without make, install the lock as the README says"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        found: what is there, in a few words.
        advice: what to do about it; empty if all is well.
        only_told: class can go on without: the advice is told, and the computer is ready.
    """

    name: str
    found: str
    advice: str = ""
    only_told: bool = False

    @property
    def ok(self) -> bool:
        return not self.advice or self.only_told

    @property
    def mark(self) -> str:
        """How the finding begins on a line."""
        return "FAULT" if not self.ok else "note" if self.advice else "ok"


Check = Callable[[], Finding]


def examine(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Run the checks in order; one that breaks is a fault like any other, and the next ones still run."""
    for name, check in checks:
        try:
            yield check()
        except Exception as failure:  # whatever is wrong here, the user gets a sentence and not a traceback
            yield Finding(name, f"{type(failure).__name__}: {failure}".splitlines()[0], SET_UP_AGAIN)


def standard_checks(root: Path) -> list[tuple[str, Check]]:
    """The checks that need no subject's room, cheapest first."""
    from ftsec.teaching.before_class import check_chapter, check_chromium, check_port, check_wheels

    return [
        ("python", check_python),
        ("packages", lambda: check_packages(lock_of(root))),
        ("memory", check_memory),
        ("disk", lambda: check_disk(root)),
        ("write access", lambda: check_write_access(root)),
        ("wheels", lambda: check_wheels(root)),
        ("port", check_port),
        ("chromium", check_chromium),
        ("kernel", lambda: check_kernel(root)),
        ("chapter", lambda: check_chapter(root)),
    ]


def lock_of(root: Path) -> Path:
    """The lock of what has to be installed: a teacher's kit needs JupyterLab beside what the book needs."""
    in_kit = (root / KIT_MARK).exists()
    return root / ("requirements-lab.txt" if in_kit else "requirements.txt")


def check_python(version: tuple[int, int] | None = None) -> Finding:
    """Whether this Python is one that the book supports."""
    version = version or sys.version_info[:2]
    found = f"{version[0]}.{version[1]} at {sys.executable}"
    if OLDEST <= version <= NEWEST:
        return Finding("python", found)
    return Finding("python", found, "install Python 3.11 to 3.14, then: make PYTHON=python3.12 book")


def check_packages(lock: Path) -> Finding:
    """Whether what the lock names is installed in that version."""
    wanted = {name: version for name, version in locked_versions(lock.read_text(encoding="utf-8"))}
    installed = {canonicalize_name(each.metadata["Name"]): each.version for each in metadata.distributions()}
    missing = sorted(name for name in wanted if name not in installed)
    other = sorted(f"{name} {installed[name]}" for name in wanted if installed.get(name, wanted[name]) != wanted[name])
    if not missing and not other:
        return Finding("packages", f"{len(wanted)} packages as locked")
    told = [f"{len(missing)} missing ({_some(missing)})"] * bool(missing)
    told += [f"{len(other)} in another version than locked ({_some(other)})"] * bool(other)
    return Finding("packages", "; ".join(told), SET_UP_AGAIN)


def locked_versions(lock: str) -> Iterator[tuple[str, str]]:
    """Name and version of each package that the lock names for this system and this Python."""
    for line in lock.splitlines():
        if "==" not in line or line.startswith((" ", "#")):
            continue
        requirement = Requirement(line.rstrip("\\ "))
        if requirement.marker is None or requirement.marker.evaluate():
            yield canonicalize_name(requirement.name), next(iter(requirement.specifier)).version


def check_memory(free_gb: float | None = None) -> Finding:
    """Whether enough memory is free for a chapter."""
    free = psutil.virtual_memory().available / 1e9 if free_gb is None else free_gb
    advice = f"close other programs until {MEMORY_GB:g} GB is free" if free < MEMORY_GB else ""
    return Finding("memory", f"{free:.1f} GB free", advice)


def check_disk(folder: Path, free_gb: float | None = None) -> Finding:
    """Whether the disk that holds the book has room for its executed chapters."""
    free = shutil.disk_usage(folder).free / 1e9 if free_gb is None else free_gb
    advice = f"make room until {DISK_GB:g} GB is free; `make clean` removes what was built" if free < DISK_GB else ""
    return Finding("disk", f"{free:.1f} GB free", advice)


def check_write_access(folder: Path) -> Finding:
    """Whether files can be written where the book writes."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"ftsec")
    except OSError as error:
        advice = f"copy the book into a folder of your own, or ask for the right to write to {folder}"
        return Finding("write access", f"{folder}: {error.strerror}", advice)
    return Finding("write access", str(folder))


def check_kernel(root: Path) -> Finding:
    """Whether a notebook runs: kernel start, one cell that imports the package, shutdown."""
    notebook = new_notebook(cells=[new_code_cell("import ftsec", id="import")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.ipynb"
        nbformat.write(notebook, source)
        outcome = run_notebook(source, Path(folder) / "done.ipynb", root=root, run_timeout=KERNEL_SECONDS)
    if outcome.ok:
        return Finding("kernel", f"ran a notebook in {outcome.seconds:.1f} s")
    return Finding("kernel", outcome.error.message if outcome.error else outcome.status, SET_UP_AGAIN)


def _some(names: list[str], n: int = 3) -> str:
    return ", ".join(names[:n]) + (" …" if len(names) > n else "")
