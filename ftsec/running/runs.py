"""One run of a chapter with given parameters, stored with everything that is needed to trust it later."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ftsec.base.digests import digest
from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.project import Project
from ftsec.running.digests import Digests, chapter_digests
from ftsec.running.notebook import Kernel, run_notebook
from ftsec.running.parameters import Parameters, check_values
from ftsec.running.parameters_cell import read_parameters
from ftsec.running.recorded import read_results
from ftsec.running.store import NOTEBOOK, Run, draft, publish

REPORT = "report.html"
PACKAGES = ("ftsec", "numpy", "pandas", "scipy", "matplotlib", "papermill", "nbclient", "ipykernel")


@dataclass(frozen=True)
class RunJob:
    """A run that was checked and can start; picklable, so that another machine can take it.

    Attributes:
        folder: where the run's own folder will appear.
        given: the values to inject; parameters: all values; defaults: what they would be.
        inputs: digests of the files and folders that parameters name.
        timeout: seconds that the run may take; None for no limit.
        report: makes ``report.html`` of the executed notebook, the run and the project's root; None for no report.
        kernel: how the kernel starts.
    """

    root: Path
    source: Path
    folder: Path
    given: dict
    parameters: dict
    defaults: dict
    digests: Digests
    inputs: dict
    timeout: float | None = None
    report: Callable[[Path, Run, Path], str] | None = None
    kernel: Kernel = "fresh"

    @property
    def key(self) -> str:
        return self.digests.key


class ChapterRuns:
    """Makes the runs of one chapter; its parameters and digests are read once."""

    def __init__(self, project: Project, chapter: Path, store: Path) -> None:
        self.project, self.chapter = project, chapter
        self.folder = store.absolute() / chapter.stem
        self.parameters: Parameters = read_parameters(chapter)
        self.digests = chapter_digests(project.root, chapter)

    def job(self, given: dict, **options: object) -> RunJob:
        """A run with the given values; the other parameters keep their defaults.

        Args:
            options: `timeout`, `report` and `kernel` of the `RunJob`.

        Raises:
            InputError: if a value is not allowed, or values break a rule between them.
        """
        values = check_values(self.parameters, given)
        if broken := self.parameters.broken_rule(values):
            raise InputError(broken)
        everything = self.parameters.all_values(values)
        inputs = self._inputs(everything)
        dependence = digest(json.dumps([everything, inputs], sort_keys=True).encode())
        digests = replace(self.digests, parameters=dependence)
        root = self.project.root
        defaults = self.parameters.all_values({})
        return RunJob(root, self.chapter, self.folder, values, everything, defaults, digests, inputs, **options)

    def _inputs(self, values: dict) -> dict[str, str]:
        paths = {each.name: values[each.name] for each in self.parameters if each.path and values[each.name]}
        return {name: path_digest(self.project.root / path) for name, path in paths.items()}


def path_digest(path: Path) -> str:
    """A digest of a file's bytes, or of the names and bytes of all files in a folder."""
    if not path.is_dir():
        return digest(path.read_bytes()) if path.exists() else ""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return digest(*(part for file in files for part in (str(file.relative_to(path)).encode(), file.read_bytes())))


def execute_run(job: RunJob) -> tuple[Path, Run]:
    """Execute the run and store it; returns its folder and what is known of it.

    A chapter that fails is stored like any other, with its error.

    Raises:
        InputError: if the run cannot be stored: the folder cannot be written to, or the disk is full.
    """
    started = datetime.now(UTC)
    with draft(job.folder) as partial:
        notebook = partial / NOTEBOOK
        options = {"run_timeout": job.timeout, "kernel": job.kernel}
        outcome = run_notebook(job.source, notebook, job.given, root=job.root, **options)
        run = Run(
            chapter=job.source.stem,
            key=job.key,
            parameters=job.parameters,
            results=read_results(notebook),
            status=outcome.status,
            error=None if outcome.error is None else asdict(outcome.error),
            seconds=round(outcome.seconds, 3),
            started=started.isoformat(timespec="milliseconds"),
            digests=asdict(job.digests),
            inputs=job.inputs,
            versions=versions(),
            defaults=job.defaults,
        )
        if job.report and notebook.exists():
            write_atomic(partial / REPORT, job.report(notebook, run, job.root))
        return publish(partial, run), run


@cache
def versions() -> dict[str, str]:
    """The versions that a run's results may depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
