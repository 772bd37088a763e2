"""How runs start kernels and talk to them: warm or fresh, and without waits that serve nobody."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from traitlets import Dict, Type, Unicode

from ftsec.running.forked_kernels import ForkProvisioner, PromptProvisioner

RECONNECT_MILLISECONDS = 5  # ZMQ's own 100 ms are long beside a kernel that starts in 150
ANSWER_SECONDS = 1.0  # then the kernel is asked again: its first words are lost if they come before we listen


class PromptClient(AsyncKernelClient):
    """A client that is ready when the kernel has answered; Jupyter's own then waits for 0.2 s of silence."""

    def _context_default(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has replied to a request and said that it is idle again.

        Raises:
            RuntimeError: if it died or took longer than `timeout` seconds; the same as Jupyter's.
        """
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while time.monotonic() < end:
            request = self.kernel_info()
            if await _answer(self.get_shell_msg, request, lambda reply: True):
                idle = await _answer(self.get_iopub_msg, request, _is_idle)
                if idle:
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")


class FreshManager(AsyncKernelManager):
    """Starts every kernel as a new process, in a folder and an environment of its own.

    Attributes:
        folder: where the kernel starts.
        environment: variables that the kernel sees beside this process's own.
    """

    client_factory = Type(PromptClient, AsyncKernelClient)  # a default of `client_class` alone is not heard
    provisioner_class = PromptProvisioner
    folder = Unicode(".").tag(config=True)
    environment = Dict().tag(config=True)

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:
        if self.provisioner is None:
            self.provisioner = self.provisioner_class(kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**options, cwd=self.folder, env=os.environ | self.environment)

    pre_start_kernel = _async_pre_start_kernel

    async def _async_start_kernel(self, **options: Any) -> None:
        await super()._async_start_kernel(**options)
        _started.add(self.provisioner)

    start_kernel = _async_start_kernel

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        _started.discard(self.provisioner)
        await super()._async_cleanup_resources(restart)

    cleanup_resources = _async_cleanup_resources


class WarmManager(FreshManager):
    """Starts kernels as forks of a server where that is possible."""

    provisioner_class = ForkProvisioner


MANAGERS = {"warm": WarmManager, "fresh": FreshManager}
_started: set[PromptProvisioner] = set()  # whose kernels run
_stopping = threading.Event()


def stopping() -> bool:
    """Whether this process is ending its kernels: what they say from now on is no result."""
    return _stopping.is_set()


@contextmanager
def stopped() -> Iterator[None]:
    """While the block runs, kernels are ended as soon as they have started."""
    over = threading.Event()
    killer = threading.Thread(target=_kill_until, args=[over], daemon=True)
    _stopping.set()
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
        _stopping.clear()


def _kill_until(over: threading.Event) -> None:
    while not over.wait(0.05):
        for provisioner in list(_started):
            if process := provisioner.process:
                process.kill()


async def _answer(receive: Callable[..., Awaitable[dict]], request: str, wanted: Callable[[dict], bool]) -> bool:
    """Whether a wanted message in answer to the request comes in time; others are dropped."""
    end = time.monotonic() + ANSWER_SECONDS
    while (left := end - time.monotonic()) > 0:
        try:
            message = await receive(timeout=left)
        except Empty:
            break
        if message["parent_header"].get("msg_id") == request and wanted(message):
            return True
    return False


def _is_idle(message: dict) -> bool:
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
