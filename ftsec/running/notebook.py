"""Run one notebook in a fresh kernel and keep the result, whatever becomes of it."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ftsec.base.files import write_atomic
from ftsec.base.scratch import scratch_folder

Kernel = Literal["warm", "fresh"]
KERNEL = "python3"
LONGEST_SOCKET_PATH = 90  # Linux allows 108 bytes for the socket that is named after the file, macOS 104
PATIENCE = 60  # seconds that a cell's last output may be late; nbclient's own 4 are short on a busy machine
SHORTEST_LIMIT = 0.1  # seconds; nbclient takes zero for "no limit"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class CellError:
    """The cell that failed and why, in a few lines."""

    cell: str
    source: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: ``ok``, ``failed`` or ``timeout``.
        seconds: wall time of the whole run, kernel start included.
        error: what went wrong; None if the status is ``ok``.
    """

    status: str
    seconds: float
    error: CellError | None = None

    @property
    def ok(self) -> bool:
        return self.status == "ok"


def default_kernel() -> Kernel:
    """How kernels start if nobody says otherwise: warm where that is possible, since the outputs are the same."""
    return "warm" if sys.platform == "linux" else "fresh"


def run_notebook(
    source: Path,
    target: Path,
    parameters: dict | None = None,
    *,
    root: Path,
    timeout: float | None = None,
    run_timeout: float | None = None,
    kernel: Kernel = "fresh",
    environment: Mapping[str, str] | None = None,
) -> Outcome:
    """Execute `source` with papermill and write the executed copy to `target`, whole or not at all.

    The kernel starts in `root`, finds the package there, and computes with one thread: chapters run side by side.

    Args:
        parameters: values for the cell tagged ``parameters``, already checked.
        timeout: seconds that one cell may take; None for no limit.
        run_timeout: seconds that the whole run may take, kernel start included; None for no limit.
        kernel: ``warm`` forks it from a process that has the libraries loaded, where that is possible.
        environment: variables that the kernel sees beside this process's own.
    """
    if kernel == "warm":
        prepare_kernels(root)  # it imports while this process does
    _import_papermill()
    from papermill.exceptions import PapermillExecutionError

    from ftsec.running.kernels import stopping

    scratch = target.with_name(f".{target.stem}.{os.getpid()}-{threading.get_ident()}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    start, clock = time.perf_counter(), Clock(timeout, run_timeout)
    status, error = "ok", None
    try:
        try:
            _papermill(source, scratch, parameters or {}, root, clock, kernel, environment or {})
        except PapermillExecutionError as failure:
            status, error = "failed", _cell_error(scratch, failure)
        except Exception as failure:  # a dead kernel, a time limit: nbclient's own errors
            status, error = _client_error(failure, clock)
        if stopping():
            raise KeyboardInterrupt
        if scratch.exists():
            write_atomic(target, scratch.read_bytes())
    finally:
        scratch.unlink(missing_ok=True)  # after an interrupt, what there is of the copy is worth nothing
    return Outcome(status, time.perf_counter() - start, error)


def _papermill(
    source: Path, target: Path, parameters: dict, root: Path, clock: Clock, kernel: Kernel, variables: Mapping[str, str]
) -> None:
    import papermill
    from traitlets.config import Config

    from ftsec.running.kernels import MANAGERS

    for name in ("papermill", "asyncio"):  # what goes wrong is in the outcome
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with scratch_folder("ftsec-kernel-") as private:
        # by the manager's traits: papermill itself could only change this process's folder and environment
        manager = {"folder": str(root), "environment": {**variables, **kernel_environment(root)}}
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters=parameters,
            kernel_name=KERNEL,
            progress_bar=False,
            request_save_on_cell_execute=False,  # otherwise the whole notebook is written twice per cell
            shutdown_kernel="immediate",
            timeout_func=clock,
            iopub_timeout=PATIENCE,
            extra_arguments=["--HistoryManager.enabled=False"],  # runs are not the user's history
            kernel_manager_class=MANAGERS[kernel],
            config=Config({"FreshManager": manager, "KernelManager": connection(private)}),
        )


def _import_papermill() -> None:
    """Without pyarrow, which papermill wants for notebooks on Hadoop alone: a third of a second of every run."""
    hidden = {} if "pyarrow.fs" in sys.modules else {"pyarrow.fs": None}
    sys.modules.update(hidden)
    try:
        import papermill  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


def prepare_kernels(root: Path, many: bool = True) -> None:
    """Start the process that warm kernels are forked from, if there is none yet; it imports while the caller goes on.

    Args:
        many: whether more than one kernel will start.
    """
    from ftsec.running.forked_kernels import prepare

    prepare(os.environ | kernel_environment(root), str(root), many)


class Clock:
    """Tells nbclient before each cell how many seconds it may take, and remembers where the run is."""

    def __init__(self, timeout: float | None, run_timeout: float | None) -> None:
        self.timeout = timeout
        self.end = None if run_timeout is None else time.monotonic() + run_timeout
        self.limits = [f"{run_timeout:g} s for the run"] if run_timeout else []
        self.limits += [f"{timeout:g} s for a cell"] if timeout else []
        self.cell: dict = {}

    def __call__(self, cell: dict) -> float | None:
        self.cell = cell
        limits = [] if self.timeout is None else [self.timeout]
        if self.end is not None:
            limits.append(max(self.end - time.monotonic(), SHORTEST_LIMIT))
        return min(limits, default=None)

    def error(self, message: str) -> CellError:
        """An error in the cell that runs now."""
        return CellError(self.cell.get("id", "?"), self.cell.get("source", ""), message)


def kernel_environment(root: Path) -> dict[str, str]:
    """What a kernel's environment adds to this one: the package in `root` comes first, one computing thread."""
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def connection(private: Path) -> dict[str, str]:
    """How a kernel is talked to: over files in a folder of its own where the system can.

    Parallel starts then never collide on a port. Without a connection file of its own each kernel would use the
    same files, and talk to its neighbour.
    """
    file = private / "kernel.json"
    if sys.platform == "win32" or len(str(file)) > LONGEST_SOCKET_PATH:
        return {"transport": "tcp"}
    return {"transport": "ipc", "connection_file": str(file)}


def _cell_error(executed: Path, failure: object) -> CellError:
    import nbformat

    cells = nbformat.read(executed, as_version=4).cells
    code = [cell for cell in cells if cell.metadata.get("papermill", {}).get("exception")]
    cell = code[0] if code else None
    name = cell.get("id", "?") if cell else "?"
    message = f"{failure.ename}: {failure.evalue}" if failure.ename else str(failure)
    return CellError(name, failure.source or "", ANSI.sub("", message).strip())


def _client_error(failure: Exception, clock: Clock) -> tuple[str, CellError]:
    if type(failure).__name__ == "CellTimeoutError":
        return "timeout", clock.error(f"took longer than allowed ({', '.join(clock.limits)})")
    message = ANSI.sub("", str(failure)).strip() or type(failure).__name__
    return "failed", clock.error(message.splitlines()[0])
