"""Forked kernels: forks that behave like fresh ones, and leave nothing behind however they end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager

from ftsec.running import forked_kernels
from ftsec.running.kernels import MANAGERS, PromptClient, stopping
from ftsec.running.notebook import Outcome, run_notebook
from ftsec.running.workers import run_jobs
from tests.small_book import write_chapter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="warm kernels are for Linux")

ROOT = Path(__file__).parents[2]
CALM = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def run(folder: Path, *sources: str, kernel: str = "warm", **options) -> Outcome:
    """Execute a notebook of these cells; what they `tell` is in `told(folder)`."""
    tell = f"def tell(*words): print(*words, file=open({str(folder / 'told')!r}, 'w'), flush=True)"
    source = write_chapter(folder / "source.ipynb", "n: int = 2  # a number [0, 9]", tell, *sources)
    return run_notebook(source, folder / "executed.ipynb", root=ROOT, kernel=kernel, **options)


def told(folder: Path) -> list[str]:
    return (folder / "told").read_text(encoding="utf-8").split()


def server_pid() -> int:
    return forked_kernels._server.process.pid


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether the process ends in time; a zombie has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@contextmanager
def kernel(env: dict[str, str] | None = None, **traits) -> Iterator[tuple[KernelManager, object]]:
    """A kernel by Jupyter's own means and the entry point, and a client for it."""
    manager = KernelManager(kernel_name="python3", **traits)
    manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": "ftsec-warm"}
    manager.start_kernel(env=os.environ | CALM if env is None else env)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def printed(client: object, code: str) -> str:
    """What the code prints, the error it ends in included."""
    said = []

    def hear(message: dict) -> None:
        content = message["content"]
        said.append(content.get("text") or content.get("ename") or "")

    for _ in range(20):  # a kernel refuses what reaches it in the moment after an error
        reply = client.execute_interactive(code, output_hook=hear, timeout=60)
        if reply["content"]["status"] != "aborted":
            break
    return "".join(said).strip()


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_the_entry_point_gives_forks_of_the_server(transport: str, tmp_path: Path):
    with kernel(transport=transport, connection_file=str(tmp_path / "kernel.json")) as (manager, client):
        assert type(manager.provisioner).__name__ == "ForkProvisioner"
        assert printed(client, "import os; print(os.getppid())") == str(server_pid())
        pid = int(printed(client, "print(os.getpid())"))
        assert os.getpgid(pid) == pid
        manager.restart_kernel()
        client.wait_for_ready(timeout=60)
        assert printed(client, "import os; print(os.getppid())") == str(server_pid())
        assert gone(pid)


def test_a_fork_has_the_libraries_and_never_the_package():
    with kernel() as (_, client):
        assert printed(client, "import sys; print('numpy' in sys.modules, 'ftsec' in sys.modules)") == "True False"


def test_an_interrupt_stops_the_cell_and_not_the_kernel():
    with kernel() as (manager, client):
        request = client.execute("import time; print('now', flush=True); time.sleep(60)")
        heard = (client.get_iopub_msg(timeout=60)["msg_type"] for _ in range(20))
        assert "stream" in heard
        manager.interrupt_kernel()
        replies = (client.get_shell_msg(timeout=20) for _ in range(20))  # some from the start of the kernel
        reply = next(reply for reply in replies if reply["parent_header"]["msg_id"] == request)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert printed(client, "print(6 * 7)") == "42"


def test_a_fork_looks_like_a_fresh_kernel(tmp_path: Path):
    look = (
        "import os, sys, signal, gc, numpy, pandas, scipy.stats, pandera.pandas, pyarrow.parquet",
        "(os.getcwd(), sys.path, os.path.basename(sys.argv[0]), len(sys.argv), sys.flags, gc.isenabled())",
        "(sorted(set(os.environ) - {'JPY_PARENT_PID'}), signal.getsignal(signal.SIGTERM), os.umask(18))",
        "(type(sys.stdin), os.read(0, 1), sys.modules['__main__'].__dict__ is globals())",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2, n]);",
    )
    outputs = {}
    for kind in ("warm", "fresh"):
        assert run(tmp_path, *look, kernel=kind).ok
        cells = nbformat.read(tmp_path / "executed.ipynb", as_version=4).cells
        outputs[kind] = [cell.outputs for cell in cells if cell.cell_type == "code"]
    assert outputs["warm"] == outputs["fresh"], "text and pictures, byte for byte"
    assert "image/png" in outputs["warm"][-1][0].data


def test_every_fork_draws_random_numbers_of_its_own(tmp_path: Path):
    sources = "import numpy as np, random", "tell(np.random.rand(), random.random(), np.random.default_rng().random())"
    draws = []
    for _ in range(2):
        assert run(tmp_path, *sources).ok
        draws.append(told(tmp_path))
    assert all(first != second for first, second in zip(*draws, strict=True))


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("1 / 0", "failed", "ZeroDivisionError: division by zero"),
        ("import os; os._exit(9)", "failed", "died"),
        ("import ctypes; ctypes.string_at(0)", "failed", "died"),
        ("import time; time.sleep(60)", "timeout", "longer than allowed"),
        ("while True: pass", "timeout", "longer than allowed"),
        ("raise SystemExit(3)", "failed", "SystemExit"),
    ],
    ids=["exception", "exit", "segfault", "sleep", "loop", "SystemExit"],
)
def test_what_goes_wrong_is_the_runs_error_and_leaves_nothing(tmp_path: Path, code: str, status: str, message: str):
    who = "import os, subprocess; tell(os.getpid(), subprocess.Popen(['sleep', '60']).pid)"
    outcome = run(tmp_path, who, code, timeout=2 if status == "timeout" else None)
    assert outcome.status == status and message in outcome.error.message
    assert outcome.error.cell == "cell-3"
    assert all(gone(int(pid)) for pid in told(tmp_path)), "neither the kernel nor what it started is left"
    assert run(tmp_path, "n").ok


def test_a_killed_server_fails_its_runs_and_the_next_one_gets_a_new_server(tmp_path: Path):
    who = "import os, signal, time; tell(os.getpid(), os.getppid())"
    outcome = run(tmp_path, who, "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)")
    assert outcome.status == "failed" and "died" in outcome.error.message and outcome.seconds < 50
    assert all(gone(int(pid)) for pid in told(tmp_path))
    assert run(tmp_path, who).ok
    assert int(told(tmp_path)[1]) == server_pid()


def test_the_end_of_the_client_is_the_end_of_all(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from tests.running.test_forked_kernels import run\n"
        "run(Path(sys.argv[1]), 'import os; tell(os.getpid(), os.getppid())', 'while True: pass')"
    )
    client = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    end = time.monotonic() + 60
    while time.monotonic() < end and not ((tmp_path / "told").exists() and told(tmp_path)):
        time.sleep(0.05)
    client.kill()
    client.wait()
    assert len(told(tmp_path)) == 2 and all(gone(int(pid)) for pid in told(tmp_path))


@pytest.mark.parametrize("manager", MANAGERS.values(), ids=MANAGERS)
def test_runs_wait_for_a_kernel_no_longer_than_it_takes(manager: type):
    assert isinstance(manager(kernel_name="python3").client(), PromptClient), "Jupyter's own waits for silence"


def parent_of_kernel(folder: Path) -> int:
    folder.mkdir()
    assert run(folder, "import os; tell(os.getppid())").ok
    return int(told(folder)[0])


def test_jobs_side_by_side_share_one_server(tmp_path: Path):
    folders = [tmp_path / name for name in "ab"]
    parents = [parent for _, parent in run_jobs(parent_of_kernel, folders, 2)]
    assert parents == 2 * [server_pid()]


def test_a_fork_looks_to_multiprocessing_like_a_main_process(tmp_path: Path):
    code = "import multiprocessing as m; tell(m.current_process().name, m.parent_process(), m.current_process().daemon)"
    pool = "with m.get_context('forkserver').Pool(1) as pool: tell(*pool.map(abs, [-1, -2]))"
    assert run(tmp_path, code).ok
    assert told(tmp_path) == ["MainProcess", "None", "False"]
    assert run(tmp_path, code, pool).ok
    assert told(tmp_path) == ["1", "2"]


def test_the_kernels_words_go_to_its_own_standard_output_and_error(tmp_path: Path):
    options = {}
    for name in ("stdout", "stderr"):
        options[name] = (tmp_path / name).open("w")
    request = forked_kernels.fork_request(
        [sys.executable, *forked_kernels.LAUNCHER, "--version"],
        {"env": os.environ | CALM, "cwd": str(ROOT), **options},
    )
    assert forked_kernels._fork(request).wait(60) == 0
    assert (tmp_path / "stdout").read_text().strip()
    assert "Traceback" not in (tmp_path / "stderr").read_text()


def test_an_interrupted_caller_ends_the_kernels_and_stores_nothing(tmp_path: Path):
    def job(name: str) -> Outcome:
        folder = tmp_path / name
        folder.mkdir()
        return run(folder, *["import os; tell(os.getpid())", "1" if name == "a" else "import time; time.sleep(90)"])

    start = time.monotonic()
    jobs = run_jobs(job, ["a", "b", "c", "d"], 2)
    next(jobs)
    jobs.close()
    assert time.monotonic() - start < 40 and not stopping()
    assert all(gone(int(told(folder)[0])) for folder in tmp_path.iterdir() if (folder / "told").exists())
    assert not (tmp_path / "b" / "executed.ipynb").exists() and not (tmp_path / "d").exists()


def test_the_exit_code_is_the_kernels():
    with kernel() as (manager, client):
        client.execute("import os; os._exit(9)")
        assert manager.provisioner.process.wait(20) == 9
        assert not manager.is_alive()


@pytest.mark.slow
def test_another_environment_gets_another_server_and_running_kernels_keep_theirs():
    with kernel() as (_, client):
        first = server_pid()
        with kernel(os.environ | CALM | {"LC_TIME": "C"}) as (_, other):
            assert server_pid() != first
            assert printed(other, "import os; print(os.getppid(), os.environ['LC_TIME'])") == f"{server_pid()} C"
        assert printed(client, "import os; print(os.getppid())") == str(first)
    assert not psutil.pid_exists(first) or gone(first), "nobody uses it any more"


@pytest.mark.slow
def test_a_server_with_threads_refuses_and_the_kernel_starts_all_the_same(monkeypatch: pytest.MonkeyPatch):
    env = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    env |= {"PYTHONPATH": CALM["PYTHONPATH"], "OPENBLAS_NUM_THREADS": "2"}  # NumPy then starts a thread
    with kernel(env) as (_, client):
        assert forked_kernels._server.process.wait(20) == forked_kernels.REFUSED
        assert printed(client, "import os; print(os.getppid())") == str(os.getpid())


@pytest.mark.parametrize(
    "difference",
    [
        {"cmd": ["python3.99", *forked_kernels.LAUNCHER, "-f", "x"]},
        {"cmd": [sys.executable, "-m", "another_kernel", "-f", "x"]},
        {"env": {"PYTHONPATH": "relative"}},
        {"stdout": subprocess.PIPE},
        {"independent": True},
    ],
    ids=str,
)
def test_any_doubt_means_a_new_process(difference: dict, tmp_path: Path):
    usual = {"cmd": [sys.executable, *forked_kernels.LAUNCHER, "-f", "x"], "env": {}, "cwd": str(tmp_path)}
    assert forked_kernels.fork_request(usual.pop("cmd"), usual) is not None
    options = {
        "cmd": [sys.executable, *forked_kernels.LAUNCHER, "-f", "x"],
        "env": {},
        "cwd": str(tmp_path),
    } | difference
    assert forked_kernels.fork_request(options.pop("cmd"), options) is None


def test_a_style_file_in_the_working_folder_means_a_new_process(tmp_path: Path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9")
    assert (
        forked_kernels.fork_request([sys.executable, *forked_kernels.LAUNCHER], {"env": {}, "cwd": str(tmp_path)})
        is None
    )


@pytest.mark.slow
def test_nbval_takes_warm_kernels_by_the_environment(tmp_path: Path):
    parent = "from pathlib import Path; import os; parent = Path(f'/proc/{os.getppid()}/cmdline').read_text()"
    write_chapter(tmp_path / "nb.ipynb", "n: int = 2  # a number [0, 9]", parent, "assert 'forkserver' in parent")
    env = os.environ | CALM | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "ftsec-warm"}
    command = [sys.executable, "-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider", "nb.ipynb"]
    result = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout
    assert "3 passed" in result.stdout
