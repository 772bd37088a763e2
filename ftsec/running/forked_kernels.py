"""Forked kernels: a Jupyter kernel provisioner on top of the standard library's fork server.

Most of a small chapter's time goes into importing NumPy, pandas and Matplotlib. A server pays for that once: the main
loop of `multiprocessing.forkserver`, started here in the kernels' own environment. Kernels are its forks. Every
Jupyter client can use it, by the entry point's name::

    JUPYTER_DEFAULT_PROVISIONER_NAME=ftsec-warm OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 jupyter lab

Results must not depend on it. On any doubt (another system, another interpreter, a server that cannot fork) the
kernel starts as it always does.
"""

from __future__ import annotations

import asyncio
import atexit
import io
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

FORKS = sys.platform == "linux"
if FORKS:
    from multiprocessing import connection, context, forkserver, get_context, reduction, util
    from multiprocessing.popen_forkserver import Popen
else:
    Popen = object

KERNEL_PROCESS = str(Path(__file__).with_name("kernel_process.py"))
LAUNCHER = ["-m", "ipykernel_launcher"]
# these differ from kernel to kernel and do not change what an import does; any other difference needs a new server
PER_KERNEL = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "PYTEST_CURRENT_TEST", "FTSEC_NARROW_FIGURES")
ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as a kernel says before Matplotlib is imported
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # otherwise pyarrow's allocator starts a thread
}
START_SECONDS = 60  # a server that has not answered by then is given up
KILL_SECONDS = 0.5  # a killed kernel is gone after some milliseconds; then its manager's slow polls go on
# what nearly every chapter imports. Nothing that starts a thread, an event loop or a ZMQ context, which a fork cannot
# carry over; not the package itself, whose code may change between two runs
PRELOAD = [
    "ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completerlib", "IPython.core.debugger",
    "IPython.core.oinspect", "IPython.extensions.storemagic", "psutil", "tornado.platform.asyncio", "numpy",
    "pandas", "pandas.io.formats.csvs", "pandas.io.formats.string", "matplotlib.figure",
    "matplotlib.backends.backend_agg", "PIL.JpegImagePlugin", "PIL.GifImagePlugin", "PIL.PpmImagePlugin",
    "scipy.special", "pyarrow.dataset", "pyarrow.parquet", "pyarrow.pandas_compat",
    "pandera.pandas", "pandera.backends.pandas.builtin_checks", "pandera.backends.pandas.container",
    "pybtex.database.input.bibtex", "concurrent.futures.process", "matplotlib.pyplot",
]  # fmt: skip
SELDOM = ["scipy.stats", "scipy.optimize"]  # half a second: worth it where many kernels start, not for a single one
REFUSED = 3  # exit status of a server in which threads run: its forks would lose them
# ends when no client is left: kernels then have a moment to end their groups themselves, before this ends them
SERVER = f"""
import importlib, os, shutil, sys, time
from multiprocessing import forkserver
del sys.path[0]
try:
    for name in sys.argv[4:]:
        try:
            importlib.import_module(name)
        except ImportError:  # the chapter's own import says what is missing
            pass
    if len(os.listdir("/proc/self/task")) > 1:
        sys.exit({REFUSED})
    forkserver.main(int(sys.argv[1]), int(sys.argv[2]), [])
finally:
    shutil.rmtree(sys.argv[3], ignore_errors=True)
    time.sleep(0.5)
"""


class PromptProvisioner(LocalProvisioner):
    """Starts kernels as Jupyter does, and sees at once when one that was killed is gone."""

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart)
        end = time.monotonic() + KILL_SECONDS
        while await self.poll() is None and time.monotonic() < end:
            await asyncio.sleep(0.002)


class ForkProvisioner(PromptProvisioner):
    """Starts kernels as forks of the server where it can, and as new processes where it cannot."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        request = fork_request(cmd, kwargs)
        kernel = await asyncio.to_thread(_fork, request) if request else None
        if kernel is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = kernel
        self.pid = self.pgid = kernel.pid  # it leads a session of its own
        self.cwd = request.cwd
        return self.connection_info


@dataclass(frozen=True)
class ForkRequest:
    """A kernel that a server can fork.

    Attributes:
        interpreter: the command line up to the launcher; a server is run by the same.
        argv: the launcher's arguments.
        files: file descriptors of standard output and standard error.
    """

    interpreter: tuple[str, ...]
    argv: list[str]
    cwd: str
    env: dict[str, str]
    files: tuple[int, int]

    def key(self) -> tuple:
        """What a server must have in common with the kernel: interpreter, environment, installed packages."""
        env = sorted((name, value) for name, value in self.env.items() if name not in PER_KERNEL)
        installed = [os.stat(sysconfig.get_path(name)).st_mtime_ns for name in ("purelib", "platlib")]
        return (self.interpreter, *env, *installed)


def fork_request(cmd: list[str], options: dict[str, Any]) -> ForkRequest | None:
    """The request for a kernel with this command and these `Popen` options; None if only a new process will do."""
    if not FORKS or LAUNCHER[1] not in cmd:
        return None
    position = cmd.index(LAUNCHER[1])
    env = dict(options.get("env") or os.environ)
    cwd = os.path.abspath(options.get("cwd") or os.getcwd())
    files = [_descriptor(options.get(name), number) for name, number in (("stdout", 1), ("stderr", 2))]
    certain = (
        cmd[position - 1 : position + 1] == LAUNCHER
        and cmd[0] == sys.executable
        and set(options) <= {"cwd", "env", "stdout", "stderr"}
        and None not in files
        and all(os.path.isabs(path) for path in (env.get("PYTHONPATH") or "/").split(os.pathsep))
        and not os.path.exists(os.path.join(cwd, "matplotlibrc"))  # read when Matplotlib is imported
    )
    if not certain:
        return None
    return ForkRequest(tuple(cmd[: position - 1]), cmd[position + 1 :], cwd, env, tuple(files))


def _descriptor(stream: Any, default: int) -> int | None:
    """The file descriptor that `Popen` would use for `stream`; None for those that it would make itself."""
    if stream is None:
        return default
    number = stream if isinstance(stream, int) else stream.fileno()
    return number if number >= 0 else None


class Server:
    """A fork server that ends with this process; `key` is what kernels must have in common with it."""

    def __init__(self, request: ForkRequest, preload: list[str]) -> None:
        self.key = request.key()
        self.folder = tempfile.mkdtemp(prefix="ftsec-")  # nobody else may connect
        self.address = os.path.join(self.folder, "server")
        ended, self.alive = os.pipe()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.address)
            listener.listen()
            files = (listener.fileno(), ended)
            self.process = subprocess.Popen(
                [*request.interpreter, "-c", SERVER, *map(str, files), self.folder, *preload],
                env=ENVIRONMENT | {name: value for name, value in request.env.items() if name not in PER_KERNEL},
                cwd=request.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # each kernel is given its own
                stderr=subprocess.DEVNULL,
                pass_fds=files,
                start_new_session=True,
            )
        os.close(ended)
        weakref.finalize(self, os.close, self.alive)
        atexit.register(self.end)

    def serves(self, request: ForkRequest) -> bool:
        return self.process.poll() in (None, REFUSED) and self.key == request.key()

    def end(self) -> None:
        """End it now; it would notice by itself, but nobody would wait for it."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def fork(self, request: ForkRequest) -> ForkedKernel | None:
        """A new kernel; None if the server cannot fork or is gone."""
        try:
            return ForkedKernel(self, request)
        except (OSError, EOFError):
            return None


class ForkedKernel(Popen):
    """A forked kernel, with the methods of `subprocess.Popen` that a provisioner calls.

    The kernel is the server's child, so the server reports its exit code over a pipe. The kernel in turn holds the
    reading end of a pipe whose other end is here: when that closes, it ends.
    """

    stdin = stdout = stderr = None

    def __init__(self, server: Server, request: ForkRequest) -> None:
        self.server, self.files = server, request.files
        given = {"ARGV": request.argv, "CWD": request.cwd, "ENV": request.env}
        given["FOREIGN"] = [name for name in ENVIRONMENT if name not in request.env]
        super().__init__(get_context("forkserver").Process(target=runpy.run_path, args=(KERNEL_PROCESS, given)))

    def _launch(self, process: object) -> None:
        packet = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump({}, packet)  # no preparations: they would run this program's main module in the kernel
            reduction.dump(process, packet)
        finally:
            context.set_spawning_popen(None)
        received, sent = os.pipe()
        self.sentinel, status = os.pipe()
        self.finalizer = util.Finalize(self, util.close_fds, (self.sentinel, sent))
        # the fourth is meant for multiprocessing's resource tracker, which a kernel starts by itself when it needs one
        files = [received, status, self.server.alive, received, *self.files]
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(self.server.address)
                reduction.sendfds(client, files)
        finally:
            os.close(received)
            os.close(status)
        with open(sent, "wb", closefd=False) as file:
            file.write(packet.getbuffer())
        if not connection.wait([self.sentinel], START_SECONDS):
            raise EOFError("the server does not answer")
        self.pid = forkserver.read_signed(self.sentinel)

    def poll(self, flag: int = getattr(os, "WNOHANG", 0)) -> int | None:
        """The exit code, None while it runs; what it started ends with it."""
        if self.returncode is None and super().poll(flag) is not None:
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if super().wait(timeout) is None:
            raise subprocess.TimeoutExpired("forked kernel", timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


_lock = threading.Lock()
_server: Server | None = None


def prepare(env: dict[str, str], cwd: str, many: bool = True) -> None:
    """Start the server for kernels with this environment now, so that it imports while the caller does.

    Args:
        many: whether more than one kernel will start, so that `SELDOM` shall be there too.
    """
    request = fork_request([sys.executable, *LAUNCHER], {"env": env, "cwd": cwd})
    if request:
        _server_for(request, many)


def _fork(request: ForkRequest) -> ForkedKernel | None:
    return _server_for(request).fork(request)


def _server_for(request: ForkRequest, many: bool = True) -> Server:
    """The server of this process: a new one if there is none, or if it does not fit."""
    global _server
    with _lock:
        if _server is None or not _server.serves(request):
            if _server is not None:
                atexit.unregister(_server.end)  # it ends with its last kernel
            _server = Server(request, PRELOAD + SELDOM * many)
        return _server
