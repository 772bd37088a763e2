"""What a forked process does to become a Jupyter kernel; run by `forked_kernels` in the fork, never imported.

It must stay without the package itself. It is given `ARGV`, `CWD`, `ENV` and `FOREIGN`, the names of the server's own
variables; its standard output and standard error are the files that the fork inherited.
"""

import atexit
import ctypes
import gc
import importlib.util
import os
import signal
import sys
import threading
from multiprocessing import forkserver, parent_process, process, resource_tracker

from ipykernel.kernelapp import IPKernelApp

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def end_with(client: process.BaseProcess) -> None:
    """End this process and whatever it started when its client ends."""
    client.join()
    os.killpg(0, signal.SIGKILL)


gc.freeze()  # the collector must not touch, and so copy, what the processes share
os.setsid()  # a session of its own, so that a signal to the group reaches its processes and no others
server = os.getppid()
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # it ends with the server even if it is stuck
threading.Thread(target=end_with, args=[parent_process()], daemon=True).start()
for number, file in enumerate(forkserver.get_inherited_fds(), start=1):
    os.dup2(file, number)
    os.close(file)
# nothing of multiprocessing shall look as if this were its worker
os.close(forkserver._forkserver._forkserver_alive_fd)
forkserver._forkserver.__init__()
os.close(resource_tracker._resource_tracker._fd)
resource_tracker._resource_tracker._fd = None
process._parent_process = None
process._current_process._name, process._current_process._identity = "MainProcess", ()
for name in FOREIGN:  # noqa: F821
    del os.environ[name]
os.environ.update(ENV, JPY_PARENT_PID=str(server))  # noqa: F821
os.chdir(CWD)  # noqa: F821
if "numpy" in sys.modules:
    sys.modules["numpy"].random.seed()  # Python reseeds its own generator after a fork
sys.argv = [importlib.util.find_spec("ipykernel_launcher").origin, *ARGV]  # noqa: F821
try:
    IPKernelApp.launch_instance([*ARGV, f"--IPKernelApp.parent_handle={server}"])  # noqa: F821
finally:
    atexit._run_exitfuncs()
