"""Sweeps on a cluster: a real scheduler and real workers on loopback, and one of them killed in the middle."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psutil
import pytest

pytest.importorskip("distributed", reason="needs the extra `cluster`")

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.running import cluster
from ftsec.running.runs import ChapterRuns, versions
from ftsec.running.store import stored_runs
from ftsec.running.sweep import plan_sweep
from ftsec.testbed import frames
from tests.small_book import write_chapter

ROOT = Path(__file__).parents[2]
N_RUNS = 20


@pytest.fixture(scope="module")
def workers_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the workers' machine."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def scheduler(workers_cache: Path) -> Iterator[str]:
    """A scheduler's address, and two workers with a nanny each, as the book tells readers to start them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    worker = ("worker", address, "--nthreads", "1", "--no-dashboard")
    env = os.environ | {"FTSEC_CACHE": str(workers_cache)}
    with (
        dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"),
        dask(*worker, env=env),
        dask(*worker, env=env),
    ):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(InputError):
                if cluster.workers_of(address) == 2:
                    break
            time.sleep(0.2)
        yield address


@contextmanager
def dask(*words: str, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """A Dask command that ends with the block, and everything it started."""
    process = subprocess.Popen([sys.executable, "-m", "dask", *words], cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        family = [process, *psutil.Process(process.pid).children(recursive=True)]
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()


@pytest.fixture
def chapter(book: Project, tmp_path: Path) -> ChapterRuns:
    """A chapter that says which process computed it, and takes a moment."""
    source = (
        "import os, time\nfrom ftsec import record\ntime.sleep(0.2)\n"
        "record('double', 2 * n)\nrecord('worker', os.getppid())"
    )
    path = write_chapter(book.root / "notebooks" / "01_one.ipynb", "n: int = 2  # a number [0, 99]", source)
    return ChapterRuns(book, path, tmp_path / "runs")


def results(run: object) -> dict:
    return {result["name"]: result["value"] for result in run.results}


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["fresh", "warm"])
def test_a_sweep_survives_the_killing_of_a_worker(scheduler: str, book: Project, chapter: ChapterRuns, kernel: str):
    plan = plan_sweep(book, chapter, [{"n": n} for n in range(N_RUNS)], kernel=kernel)
    killed, doubles = None, {}
    for folder, run in cluster.run_sweep_on(scheduler, plan):
        assert run.ok, run.error
        doubles[run.parameters["n"]] = results(run)["double"]
        assert (folder / "notebook.ipynb").exists()
        if killed is None:
            killed = worker_process(results(run)["worker"])
            family = [killed, *killed.children(recursive=True)]
            killed.kill()
    assert doubles == {n: 2 * n for n in range(N_RUNS)}
    assert sorted(run.parameters["n"] for _, run in stored_runs([chapter.folder])) == list(range(N_RUNS))
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive, "a killed worker leaves no kernel behind"


def worker_process(kernels_parent: int) -> psutil.Process:
    """The Dask worker that the kernel belongs to: its parent, or its fork server's parent."""
    parent = psutil.Process(kernels_parent)
    return parent.parent() if any("forkserver" in word for word in parent.cmdline()) else parent


@pytest.mark.slow
def test_the_command_line_hands_a_sweep_to_the_cluster(scheduler: str, book: Project, chapter: ChapterRuns):
    command = [sys.executable, "-m", "ftsec", "sweep", "01", "-g", "n=1,2,3", "--scheduler", scheduler]
    result = subprocess.run(command, cwd=book.root, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert "2 at once" in result.stdout
    assert len(list(stored_runs([book.root / "runs"]))) == 3


@pytest.mark.slow
def test_a_failing_run_comes_back_as_failed(scheduler: str, book: Project, chapter: ChapterRuns):
    write_chapter(chapter.chapter, "n: int = 2  # a number [0, 99]", "1 / n")
    runs = ChapterRuns(book, chapter.chapter, chapter.folder.parent)
    plan = plan_sweep(book, runs, [{"n": 0}, {"n": 1}])
    status = {run.parameters["n"]: run.status for _, run in cluster.run_sweep_on(scheduler, plan)}
    assert status == {0: "failed", 1: "ok"}


@pytest.mark.slow
def test_a_testbed_report_comes_back_from_the_cluster(
    scheduler: str, workers_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FTSEC_CACHE", str(workers_cache))  # the workers have computed everything already
    names = []
    for number, piece in enumerate(frames.pieces("rate_choice")):
        piece.path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"loss": [number]}).to_parquet(piece.path)
        names.append(piece.path.name)
    env = os.environ | {"FTSEC_CACHE": str(tmp_path)}
    command = [sys.executable, "-m", "ftsec", "testbed", "report", "--only", "rate_choice", "--scheduler", scheduler]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    monkeypatch.setenv("FTSEC_CACHE", str(tmp_path))
    mine = [piece.path for piece in frames.pieces("rate_choice")]
    assert [path.name for path in mine] == names
    assert [pd.read_parquet(path).loss[0] for path in mine] == list(range(len(names)))
    with pytest.raises(InputError, match="another version of the code"):
        frames.keep(frames.pieces("rate_choice")[0], "other.parquet", b"")


def test_nobody_answering_is_a_sentence(book: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        cluster.workers_of("tcp://127.0.0.1:9")


def test_other_code_and_other_versions_are_refused(chapter: ChapterRuns):
    job = chapter.job({"n": 1})
    remote = cluster.Remote(job, chapter.chapter.read_bytes(), versions(), "a sweep")
    run, files = cluster.make_run(remote)
    assert run.ok and set(files) == {"notebook.ipynb", "run.json"}
    for name in ("code", "data"):
        other = replace(job, digests=replace(job.digests, **{name: "0" * 16}))
        with pytest.raises(InputError, match=f"differs from this machine in: {name}"):
            cluster.make_run(replace(remote, job=other))
    with pytest.raises(InputError, match="differs from this machine in: numpy"):
        cluster.make_run(replace(remote, versions=versions() | {"numpy": "0.1"}))
