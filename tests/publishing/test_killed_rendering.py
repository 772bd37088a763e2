"""A rendering ends with the build that began it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

BUILD = """
import sys
from pathlib import Path
from types import SimpleNamespace
from ftsec.publishing import site
slow = "import pathlib, time\\nmain = lambda: (pathlib.Path('pid').write_text(str(os.getpid())), time.sleep(60))"
site.RENDER = site.RENDER.replace("from jupyter_book.cli.main import main", slow)
site.run_jupyter_book(SimpleNamespace(staged=Path("."), root=Path(sys.argv[1])), ".")
"""


def test_a_killed_build_leaves_no_rendering_behind(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", BUILD, str(tmp_path)]) as build:
        rendering = _wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        build.send_signal(signal.SIGKILL)
    _wait_for(lambda: not _runs(int(rendering)))


def _wait_for(condition):
    end = time.monotonic() + 30
    while not (value := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


def _runs(pid: int) -> bool:
    """Whether the process is there and not only waiting to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")
