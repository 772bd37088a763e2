"""Jobs side by side in worker processes that never outlive their parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import multiprocessing.process

Job = TypeVar("Job")
Result = TypeVar("Result")

GRACE = 5.0  # seconds


def run_jobs(
    function: Callable[[Job], Result], jobs: Iterable[Job], workers: int, prepare: Callable[[], None] | None = None
) -> Iterator[tuple[Job, Result]]:
    """Yield ``(job, function(job))`` as the jobs end; `function` and the jobs must be picklable.

    Each worker process calls `prepare`, if there is one, before its first job.

    On an interrupt, or when the caller stops listening, running jobs are ended at once. A worker whose parent
    dies ends itself, and with it its kernel: nothing is left behind.
    """
    import multiprocessing  # here, since commands that run nothing ask this module for the number of cores
    from concurrent.futures import ProcessPoolExecutor, as_completed

    pending = list(jobs)
    pool = ProcessPoolExecutor(
        max(1, min(workers, len(pending))), multiprocessing.get_context("spawn"), _prepare_worker, (prepare,)
    )
    finished = False
    try:
        futures = {pool.submit(function, job): job for job in pending}
        for future in as_completed(futures):
            yield futures[future], future.result()
        finished = True
    finally:
        processes = list((pool._processes or {}).values())  # there is no public way to end a busy worker
        if not finished:
            _end(processes)
        pool.shutdown(wait=True, cancel_futures=True)


def _end(processes: list[multiprocessing.process.BaseProcess]) -> None:
    """Ask the workers to leave by their exit handlers; whoever is still there after the grace is killed."""
    for process in processes:
        process.terminate()
    end = time.monotonic() + GRACE
    for process in processes:
        process.join(max(0.0, end - time.monotonic()))
        if process.is_alive():
            process.kill()


def default_workers() -> int:
    """The number of processor cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _prepare_worker(prepare: Callable[[], None] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides; a terminal sends the signal to everybody
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave by the exit handlers: they end the kernel
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if prepare:
        prepare()


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the kernel notices within a second that its parent is gone, and ends too
