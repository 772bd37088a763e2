"""The template process of warm kernels: it imports what chapters import, and forks a kernel on each request.

`ftsec.execution.warm` runs this file as a script; nobody imports it. It must stay without the package itself, whose
code may change between two runs, and it only imports: whatever a fork cannot carry over (a thread, an event loop, a
ZMQ context, Matplotlib's inline backend, which looks for the running shell) is left to the kernel.

Requests come as packets over the socket that `sys.argv[1]` names: a JSON object with `argv`, `cwd` and `env` of the
kernel, and three file descriptors: its standard output, its standard error, and a pipe on which its exit code is
reported. The answer is `{"pid": ...}` or `{"refused": reason}`. When the other end of the socket closes, all ends.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass

# what nearly every chapter imports; the first kernel waits for it no longer than it would import it itself
PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # every kernel loads it when it starts
    "IPython.core.completerlib",
    "numpy",
    "pandas",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "scipy.stats",
    "scipy.optimize",
    "pandera.pandas",
    "pybtex.database",
    "matplotlib.pyplot",
)
LARGEST_REQUEST = 1 << 18  # bytes
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as a kernel says before Matplotlib is imported
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # otherwise pyarrow's allocator starts a thread
}


@dataclass(frozen=True)
class Request:
    """What a kernel is started with."""

    argv: list[str]
    cwd: str
    env: dict[str, str]
    stdout: int
    stderr: int
    status: int


def main() -> None:
    del sys.path[0]  # the folder of this file is no place to import from
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for module in PRELOAD:
        with suppress(ImportError):  # then the chapter's own import says what is missing
            importlib.import_module(module)
    request = Template(socket.socket(fileno=int(sys.argv[1]))).serve()
    if request is not None:  # this process is the fork now
        become_kernel(request)


class Template:
    """The loop that forks, and reports how kernels ended."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.parent = os.getppid()
        self.kernels: dict[int, tuple[int, int]] = {}  # pidfd -> (pid, pipe for the exit code)
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ)

    def serve(self) -> Request | None:
        """Serve until the client is gone; in a forked child, return what it was asked to become."""
        while os.getppid() == self.parent:
            ready = [key.fileobj for key, _ in self.selector.select(timeout=1)]
            for pidfd in set(ready) - {self.control}:
                self.report(pidfd)
            if self.control in ready:
                request = self.receive()
                if request is None:
                    break
                if self.fork(request):
                    return request
        for pidfd in list(self.kernels):
            self.report(pidfd)
        return None

    def receive(self) -> Request | None:
        packet, files, _, _ = socket.recv_fds(self.control, LARGEST_REQUEST, 3)
        return Request(**json.loads(packet), stdout=files[0], stderr=files[1], status=files[2]) if packet else None

    def fork(self, request: Request) -> bool:
        """Fork; whether this is the child."""
        threads = len(os.listdir("/proc/self/task"))
        if threads > 1:
            answer = {"refused": f"{threads - 1} threads run besides the main one; a fork would lose them"}
        else:
            gc.freeze()  # the collector must not touch, and so copy, what the processes share
            pid = os.fork()
            if pid == 0:
                self.selector.close()
                self.control.close()
                for file in (file for pidfd, (_, status) in self.kernels.items() for file in (pidfd, status)):
                    os.close(file)
                return True
            pidfd = os.pidfd_open(pid)
            self.kernels[pidfd] = (pid, os.dup(request.status))
            self.selector.register(pidfd, selectors.EVENT_READ)
            answer = {"pid": pid}
        for file in (request.stdout, request.stderr, request.status):
            os.close(file)
        self.control.send(json.dumps(answer).encode())
        return False

    def report(self, pidfd: int) -> None:
        """End the kernel's process group, whatever still runs in it, and pass on its exit code."""
        self.selector.unregister(pidfd)
        pid, status = self.kernels.pop(pidfd)
        for end in (os.killpg, os.kill):  # the kernel alone, if it has not come to lead its group yet
            with suppress(ProcessLookupError):  # until it is waited for, the number cannot belong to anybody else
                end(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with suppress(BrokenPipeError):
            os.write(status, str(code).encode())
        os.close(status)
        os.close(pidfd)


def become_kernel(request: Request) -> None:
    """Turn this forked process into the kernel it was asked for; returns when the kernel ends."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # a session of its own, so that a signal to the group reaches its processes and no others
    template = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # it ends with the template even if it is stuck
    os.dup2(request.stdout, 1)
    os.dup2(request.stderr, 2)
    for file in (request.stdout, request.stderr, request.status):
        os.close(file)
    for name in ENVIRONMENT.keys() - request.env.keys():
        del os.environ[name]
    os.environ.update(request.env, JPY_PARENT_PID=str(template))
    os.chdir(request.cwd)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # Python reseeds its own generator after a fork
    sys.argv = [importlib.util.find_spec("ipykernel_launcher").origin, *request.argv]
    IPKernelApp.launch_instance([*request.argv, f"--IPKernelApp.parent_handle={template}"])


if __name__ == "__main__":
    main()
