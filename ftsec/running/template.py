"""The template process of warm kernels: it imports what chapters import, and forks a kernel on each request.

`ftsec.running.warm` runs this file as a script; nobody imports it. It must stay without the package itself, whose
code may change between two runs, and it only imports: whatever a fork cannot carry over (a thread, an event loop, a
ZMQ context, Matplotlib's inline backend, which looks for the running shell) is left to the kernel.

Over the socket that `sys.argv[1]` names come clients: each packet brings one end of a client's own socket. Over that
come requests: a JSON object with `argv`, `cwd` and `env` of the kernel, and three file descriptors: its standard
output, its standard error, and a pipe on which its exit code is reported. The answer is `{"pid": ...}` or
`{"refused": reason}`. When the other end of a client's socket closes, its kernels end; when nobody can bring clients
any more and the last one is gone, all ends.
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
    "ipykernel.debugger",  # this and what follows to storemagic, every kernel loads when it starts
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "psutil",
    "tornado.platform.asyncio",
    "numpy",
    "pandas",
    "pandas.io.formats.csvs",
    "pandas.io.formats.string",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "PIL.JpegImagePlugin",  # this and the next two, Pillow loads when it writes its first picture
    "PIL.GifImagePlugin",
    "PIL.PpmImagePlugin",
    "scipy.stats",
    "scipy.optimize",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "pyarrow.pandas_compat",
    "pandera.pandas",
    "pandera.backends.pandas.builtin_checks",  # it loads hypothesis where that is installed
    "pandera.backends.pandas.container",
    "pybtex.database.input.bibtex",
    "concurrent.futures.process",
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


@dataclass(frozen=True)
class Kernel:
    """A fork: whom it serves, its process, and the pipe for its exit code."""

    client: socket.socket
    pid: int
    status: int


class Template:
    """The loop that forks, and reports how kernels ended."""

    def __init__(self, door: socket.socket) -> None:
        self.door = door
        self.parent = os.getppid()
        self.kernels: dict[int, Kernel] = {}  # by pidfd
        self.selector = selectors.DefaultSelector()
        self.selector.register(door, selectors.EVENT_READ, self.admit)

    def serve(self) -> Request | None:
        """Serve until all clients are gone; in a forked child, return what it was asked to become."""
        while os.getppid() == self.parent and self.selector.get_map():
            for key, _ in self.selector.select(timeout=1):
                if key in self.selector.get_map().values():  # not ended meanwhile, with its client
                    request = key.data(key.fileobj)
                    if request is not None:
                        return request
        for pidfd in list(self.kernels):
            self.report(pidfd)
        return None

    def admit(self, door: socket.socket) -> None:
        """A new client; or the end of those who could bring one."""
        packet, files, _, _ = socket.recv_fds(door, LARGEST_REQUEST, 1)
        if packet:
            self.selector.register(socket.socket(fileno=files[0]), selectors.EVENT_READ, self.answer)
        else:
            self.selector.unregister(door)

    def answer(self, client: socket.socket) -> Request | None:
        """Do what the client asks; returns its request in the child that this forks."""
        packet, files, _, _ = socket.recv_fds(client, LARGEST_REQUEST, 3)
        if not packet:
            self.dismiss(client)
            return None
        request = Request(**json.loads(packet), stdout=files[0], stderr=files[1], status=files[2])
        return request if self.fork(request, client) else None

    def dismiss(self, client: socket.socket) -> None:
        """End the kernels of a client that is gone."""
        self.selector.unregister(client)
        client.close()
        for pidfd in [pidfd for pidfd, kernel in self.kernels.items() if kernel.client is client]:
            self.report(pidfd)

    def fork(self, request: Request, client: socket.socket) -> bool:
        """Fork; whether this is the child."""
        threads = len(os.listdir("/proc/self/task"))
        if threads > 1:
            answer = {"refused": f"{threads - 1} threads run besides the main one; a fork would lose them"}
        else:
            gc.freeze()  # the collector must not touch, and so copy, what the processes share
            pid = os.fork()
            if pid == 0:
                self.forget()
                return True
            pidfd = os.pidfd_open(pid)
            self.kernels[pidfd] = Kernel(client, pid, os.dup(request.status))
            self.selector.register(pidfd, selectors.EVENT_READ, self.report)
            answer = {"pid": pid}
        for file in (request.stdout, request.stderr, request.status):
            os.close(file)
        with suppress(BrokenPipeError):  # then its client's socket says so too
            client.send(json.dumps(answer).encode())
        return False

    def forget(self) -> None:
        """In a child: close what only the template may hold, so that the others notice when it is gone."""
        for key in self.selector.get_map().values():
            key.fileobj.close() if isinstance(key.fileobj, socket.socket) else os.close(key.fd)
        for kernel in self.kernels.values():
            os.close(kernel.status)
        self.selector.close()

    def report(self, pidfd: int) -> None:
        """End the kernel's process group, whatever still runs in it, and pass on its exit code."""
        self.selector.unregister(pidfd)
        kernel = self.kernels.pop(pidfd)
        for end in (os.killpg, os.kill):  # the kernel alone, if it has not come to lead its group yet
            with suppress(ProcessLookupError):  # until it is waited for, the number cannot belong to anybody else
                end(kernel.pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(kernel.pid, 0)[1])
        with suppress(BrokenPipeError):
            os.write(kernel.status, str(code).encode())
        os.close(kernel.status)
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
