"""Runs on other machines: a Dask scheduler hands them to its workers; what they made comes back to the caller.

A worker needs the same version of the package and nothing of the caller's disk: the chapter travels with the run, the
files of the finished run travel back. It refuses to run with other code, other data or other versions of the libraries
than the caller's, because the result would be stored as if it were the caller's. Files that parameters name must be
there under the same path.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from ftsec.base.errors import InputError
from ftsec.base.scratch import scratch_folder
from ftsec.running.digests import Digests, chapter_digests
from ftsec.running.runs import RunJob, execute_run, path_digest, versions
from ftsec.running.store import Run, draft, publish, sweep_up

if TYPE_CHECKING:
    from distributed import Client

    from ftsec.running.sweep import Plan

Job = TypeVar("Job")
Result = TypeVar("Result")
CONNECT_SECONDS = 10
RETRIES = 2  # of a run whose worker was lost and that then failed; lost workers alone are the scheduler's business
PACKAGE_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Remote:
    """A run to make elsewhere, with what is needed there.

    Attributes:
        chapter: the notebook's bytes.
        versions: those of the libraries here.
        sweep: a name for the sweep: each worker checks once per sweep whether its code is the same.
    """

    job: RunJob
    chapter: bytes
    versions: dict
    sweep: str


def run_sweep_on(scheduler: str, plan: Plan) -> Iterator[tuple[Path, Run]]:
    """Make the planned runs on the scheduler's workers; yields each with its folder when it is stored here.

    Raises:
        InputError: if the scheduler does not answer, a worker has another version of the code or of the data, or the
            workers of one run die again and again.
    """
    sweep_up(plan.folder)
    sweep = uuid4().hex
    remotes = [Remote(job, job.source.read_bytes(), versions(), sweep) for job in plan.jobs]
    for remote, (run, files) in run_jobs_on(scheduler, make_run, remotes):
        yield _store(remote.job.folder, run, files), run


def run_jobs_on(scheduler: str, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[tuple[Job, Result]]:
    """Yield ``(job, function(job))`` as the jobs end on the scheduler's workers; like `workers.run_jobs`.

    A worker that dies costs its job some time: another one takes it over.
    """
    from distributed import KilledWorker, as_completed

    with connected(scheduler) as client:
        futures = {client.submit(function, job, pure=False, retries=RETRIES): job for job in jobs}
        for future in as_completed(futures):
            try:
                result = future.result()
            except KilledWorker as error:
                raise InputError(f"{error.allowed_failures + 1} workers died over one job; is it too large?") from error
            yield futures.pop(future), result


@contextmanager
def connected(scheduler: str) -> Iterator[Client]:
    """A client of the scheduler; what it asked for is dropped when the block ends.

    Raises:
        InputError: if the scheduler does not answer, or `distributed` is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--scheduler needs the package distributed: pip install 'ftsec[cluster]'") from None
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no scheduler answers at {scheduler}; start one with: dask scheduler") from error
    with client, client.as_current():
        if not _worker_count(client):
            raise InputError(f"the scheduler at {scheduler} has no workers; start one with: dask worker {scheduler}")
        yield client


def workers_of(scheduler: str) -> int:
    """How many processes work for the scheduler.

    Raises:
        InputError: if there is none, or the scheduler does not answer.
    """
    with connected(scheduler) as client:
        return _worker_count(client)


def _worker_count(client: Client) -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def make_run(remote: Remote) -> tuple[Run, dict[str, bytes]]:
    """Execute a run whose chapter came along; returns what is known of it and its files. Works on any machine.

    Raises:
        InputError: if this machine has other code, data or versions than the caller's.
    """
    job = remote.job
    with scratch_folder("ftsec-run-") as folder:
        source = folder / job.source.name
        source.write_bytes(remote.chapter)
        _check_same(remote)
        path, run = execute_run(replace(job, root=PACKAGE_ROOT, source=source, folder=folder / "runs"))
        return run, {file.name: file.read_bytes() for file in path.iterdir()}


def _check_same(remote: Remote) -> None:
    job, here = remote.job, _digests_here(remote.sweep, remote.chapter)
    different = [name for name in ("code", "data") if getattr(here, name) != getattr(job.digests, name)]
    different += [name for name, wanted in remote.versions.items() if versions().get(name) != wanted]
    different += [name for name, value in job.inputs.items() if path_digest(Path(job.parameters[name])) != value]
    if different:
        raise InputError(f"a worker on {platform.node()} differs from this machine in: {', '.join(different)}")


@lru_cache(maxsize=4)
def _digests_here(sweep: str, chapter: bytes) -> Digests:
    with scratch_folder("ftsec-run-") as folder:
        source = folder / "chapter.ipynb"
        source.write_bytes(chapter)
        return chapter_digests(PACKAGE_ROOT, source)


def _store(folder: Path, run: Run, files: dict[str, bytes]) -> Path:
    with draft(folder) as partial:
        for name, content in files.items():
            (partial / name).write_bytes(content)
        return publish(partial, run)
