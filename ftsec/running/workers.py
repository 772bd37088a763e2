"""Jobs side by side in threads: each has a kernel, a process of its own, so threads suffice."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_jobs(function: Callable[[Job], Result], jobs: Iterable[Job], workers: int) -> Iterator[tuple[Job, Result]]:
    """Yield ``(job, function(job))`` as the jobs end.

    On an interrupt, or when the caller stops listening, the kernels of running jobs are ended at once.
    """
    # here: commands that run nothing need them not; and before the threads, which must not import each a part
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from ftsec.running.kernels import stopped

    pending = list(jobs)
    pool = ThreadPoolExecutor(max(1, min(workers, len(pending))))
    futures = {pool.submit(function, job): job for job in pending}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if not all(future.done() for future in futures):
            with stopped():
                pool.shutdown()


def default_workers() -> int:
    """The number of processor cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
