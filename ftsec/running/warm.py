"""Warm kernels: a Jupyter kernel provisioner that forks kernels from a process which has the libraries loaded.

Most of a small chapter's time goes into importing NumPy, pandas and Matplotlib. The provisioner pays for that once:
the first kernel of a process starts a template process (`ftsec.running.template`), further ones are its forks.
Every Jupyter client can use it, by the entry point's name::

    JUPYTER_DEFAULT_PROVISIONER_NAME=ftsec-warm OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 jupyter lab

Results must not depend on it. On any doubt (another system, another interpreter, a template that cannot fork)
the kernel starts as it always does.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

TEMPLATE = Path(__file__).with_name("template.py")
LAUNCHER = ["-m", "ipykernel_launcher"]
# these differ from kernel to kernel and do not change what an import does; any other difference needs a new template
PER_KERNEL = ("JPY_PARENT_PID", "JPY_SESSION_NAME", "PYTEST_CURRENT_TEST", "FTSEC_NARROW_FIGURES")
KILL_SECONDS = 0.5  # a killed kernel is gone after some milliseconds; then its manager's slow polls go on


class PromptProvisioner(LocalProvisioner):
    """Starts kernels as Jupyter does, and sees at once when one that was killed is gone."""

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart)
        end = time.monotonic() + KILL_SECONDS
        while await self.poll() is None and time.monotonic() < end:
            await asyncio.sleep(0.002)


class WarmProvisioner(PromptProvisioner):
    """Starts kernels as forks of the template where it can, and as new processes where it cannot."""

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
    """A kernel that a template can fork.

    Attributes:
        interpreter: the command line up to the launcher; a template is run by the same.
        argv: the launcher's arguments.
        files: file descriptors of standard output and standard error.
    """

    interpreter: tuple[str, ...]
    argv: list[str]
    cwd: str
    env: dict[str, str]
    files: tuple[int, int]

    def key(self) -> tuple:
        """What a template must have in common with the kernel: interpreter, environment, installed packages."""
        env = sorted((name, value) for name, value in self.env.items() if name not in PER_KERNEL)
        installed = [os.stat(sysconfig.get_path(name)).st_mtime_ns for name in ("purelib", "platlib")]
        return (self.interpreter, *env, *installed)


def fork_request(cmd: list[str], options: dict[str, Any]) -> ForkRequest | None:
    """The request for a kernel with this command and these `Popen` options; None if only a new process will do."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open") or LAUNCHER[1] not in cmd:
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


class ForkedKernel:
    """A forked kernel, with the methods of `subprocess.Popen` that a provisioner calls.

    The kernel is the template's child, so the template reports its exit code over a pipe. The pipe's end without a
    code says that the template is gone, and with it, by the system's own doing, the kernel.
    """

    stdin = stdout = stderr = None

    def __init__(self, template: Template, pid: int, status: int) -> None:
        self.template = template  # kept alive: kernels end with their client's end of the template
        self.pid = pid
        self.returncode: int | None = None
        self._status = os.fdopen(status, "rb", buffering=0)
        self._poll = select.poll()
        self._poll.register(status, select.POLLIN)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired("warm kernel", timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _ended(self, seconds: float | None) -> int | None:
        if self.returncode is None and self._poll.poll(None if seconds is None else 1000 * seconds):
            self.returncode = int(self._status.read() or -signal.SIGKILL)
            self._status.close()
        return self.returncode


class Template:
    """A client's end of a template. When no client holds it any more, the template ends.

    Attributes:
        key: what kernels must have in common with it.
        process, door: of the template this process has started; None for another one's, which it has joined.
        refuses: whether it has said that it cannot fork.
    """

    process: subprocess.Popen | None = None
    door: socket.socket | None = None

    def __init__(self, key: tuple, door: socket.socket) -> None:
        self.key = key
        self.owner = os.getpid()
        self.refuses = False
        self.control, theirs = _socket_pair()
        with theirs:
            socket.send_fds(door, [b"client"], [theirs.fileno()])
        self._end = select.poll()
        self._end.register(self.control, select.POLLIN)

    @classmethod
    def start(cls, request: ForkRequest) -> Template:
        """A template that ends with this process."""
        door, theirs = _socket_pair()
        with theirs:
            process = subprocess.Popen(
                [*request.interpreter, str(TEMPLATE), str(theirs.fileno())],
                env={name: value for name, value in request.env.items() if name not in PER_KERNEL},
                cwd=request.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # each kernel is given its own
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        atexit.register(_end, process, os.getpid())
        template = cls(request.key(), door)
        template.process, template.door = process, door
        return template

    def serves(self, request: ForkRequest) -> bool:
        gone = self._end.poll(0)  # between two requests it has nothing to say but that
        return not gone and self.owner == os.getpid() and self.key == request.key()

    def fork(self, request: ForkRequest) -> ForkedKernel | None:
        """A new kernel; None if the template refused or is gone."""
        status, report = os.pipe()
        try:
            packet = json.dumps({"argv": request.argv, "cwd": request.cwd, "env": request.env}).encode()
            socket.send_fds(self.control, [packet], [*request.files, report])
            answer = json.loads(self.control.recv(4096) or "{}")
        except OSError:  # the template was killed
            answer = {}
        finally:
            os.close(report)
        if "pid" in answer:
            return ForkedKernel(self, answer["pid"], status)
        os.close(status)
        self.refuses = "refused" in answer
        return None


def _socket_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _end(process: subprocess.Popen, owner: int) -> None:
    """End a template when its owner's process ends; it would notice by itself, but nobody would wait for it."""
    if owner == os.getpid():
        process.kill()
        process.wait()


_lock = threading.Lock()
_template: Template | None = None


def prepare(env: dict[str, str], cwd: str) -> None:
    """Start the template for kernels with this environment now, so that it imports while the caller does."""
    request = fork_request([sys.executable, *LAUNCHER], {"env": env, "cwd": cwd})
    if request:
        _template_for(request)


def share() -> tuple[tuple, socket.socket] | None:
    """This process's template, to be joined by a process that `multiprocessing` spawns; None if it has none."""
    return (_template.key, _template.door) if _template and _template.door else None


def join(shared: tuple[tuple, socket.socket] | None) -> None:
    """Take kernels from another process's template, as long as it lives and fits."""
    global _template
    if shared:
        key, door = shared
        with door, suppress(OSError):  # it is gone already: this process starts its own when it needs one
            _template = Template(key, door)


def _fork(request: ForkRequest) -> ForkedKernel | None:
    with _lock:
        template = _template_for(request)
        return None if template.refuses else template.fork(request)


def _template_for(request: ForkRequest) -> Template:
    """The template of this process: a new one if there is none, or if it does not fit."""
    global _template
    if _template is None or not _template.serves(request):
        _template = Template.start(request)
    return _template
