"""Runs and sweeps with real kernels: failures are rows, resuming runs what is missing, kills lose nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from ftsec.errors import InputError
from ftsec.execution.grid import grid
from ftsec.execution.project import Project
from ftsec.execution.runs import ChapterRuns, execute_run
from ftsec.execution.store import Run, read_run, stored_runs
from ftsec.execution.sweep import plan_sweep, run_sweep
from tests.execution.conftest import make_run, store_run

COMMAND = [sys.executable, "-m", "ftsec", "sweep", "05"]


def sweep(toy: Project, *options: str, **popen: object) -> subprocess.Popen:
    """A sweep started from the command line, in a process group of its own."""
    environment = os.environ | {"FTSEC_ROOT": str(toy.root)}
    command = [*COMMAND, "-o", str(toy.root / "runs"), *options]
    return subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.PIPE, text=True, **popen)


def stored(toy: Project) -> dict[Path, Run]:
    return dict(stored_runs([toy.root / "runs"]))


def test_a_run_stores_notebook_report_and_all_that_is_known(toy: Project):
    (toy.root / "mine.txt").write_text("an example\n")
    runs = ChapterRuns(toy, toy.chapter("05"), toy.root / "runs")
    job = runs.job({"n_harmful": "50", "examples": str(toy.root / "mine.txt")}, report=True)
    folder, run = execute_run(job)
    assert folder.parent == toy.root / "runs" / "05_toy"
    assert {path.name for path in folder.iterdir()} == {"notebook.ipynb", "report.html", "run.json"}
    assert read_run(folder) == run and run.ok and run.error is None
    assert run.parameters["n_harmful"] == 50 and run.parameters["method"] == "full"
    assert [(each["name"], each["value"]) for each in run.results] == [("safety", 0.5), ("broken", False)]
    assert run.results[0]["interval"] == [0.4, 0.6] and run.results[0]["unit"] == "share"
    assert run.versions["python"] == ".".join(map(str, sys.version_info[:3])) and run.inputs["examples"]
    page = (folder / "report.html").read_text()
    assert "safety = 0.5" in page and not [word for word in ("<script", "http://", "https://") if word in page]


def test_equal_runs_have_equal_keys_and_a_changed_input_another(toy: Project):
    file = toy.root / "mine.txt"
    file.write_text("an example\n")
    runs = ChapterRuns(toy, toy.chapter("05"), toy.root / "runs")
    assert runs.job({}).key == runs.job({"n_harmful": 100, "method": "full"}).key != runs.job({"seed": 1}).key
    before = runs.job({"examples": str(file)}).key
    file.write_text("another example\n")
    assert runs.job({"examples": str(file)}).key != before


def test_a_point_that_is_not_allowed_stops_the_sweep_before_it_starts(toy: Project):
    runs = ChapterRuns(toy, toy.chapter("05"), toy.root / "runs")
    with pytest.raises(InputError, match="20000"):
        plan_sweep(toy, runs, grid({"n_harmful": ["1", "20000"]}))
    assert not (toy.root / "runs").exists()


def test_a_failed_run_is_a_row_and_resuming_runs_what_is_missing(toy: Project):
    runs = ChapterRuns(toy, toy.chapter("05"), toy.root / "runs")
    points = grid({"n_harmful": [0, 13], "wait": [0, 60]})
    plan = plan_sweep(toy, runs, points[:3], timeout=4)
    assert (len(plan.jobs), plan.stored, plan.seconds) == (3, 0, None)
    status = {(run.parameters["n_harmful"], run.parameters["wait"]): run.status for _, run in run_sweep(plan, 2)}
    assert status == {(0, 0): "ok", (0, 60): "timeout", (13, 0): "failed"}
    errors = {run.status: run.error["message"] for run in stored(toy).values() if run.error}
    assert errors == {"failed": "ValueError: thirteen is not liked", "timeout": "took longer than allowed (4 s for the run)"}
    resumed = plan_sweep(toy, runs, points, resume=True)
    assert [job.parameters["n_harmful"] for job in resumed.jobs] == [13] and resumed.stored == 3
    assert len(plan_sweep(toy, runs, points, resume=True, retry=True).jobs) == 3
    assert len(plan_sweep(toy, runs, points).jobs) == 4


def test_a_run_that_another_sweep_made_meanwhile_is_not_made_again(toy: Project):
    runs = ChapterRuns(toy, toy.chapter("05"), toy.root / "runs")
    plan = plan_sweep(toy, runs, [{"seed": 0}, {"seed": 1}], resume=True)
    folders = [store_run(runs.folder, make_run(key=job.key)) for job in plan.jobs]
    assert sorted(folder for folder, _ in run_sweep(plan, 1)) == sorted(folders)
    assert len(stored(toy)) == 2


def test_a_worker_that_is_killed_takes_no_run_with_it(toy: Project):
    process = sweep(toy, "--seeds", "3", "-p", "wait=1", "--jobs", "1")
    worker = wait_for_kernel(process)
    worker.kill()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert sorted(run.parameters["seed"] for run in stored(toy).values()) == [0, 1, 2]


def test_a_sweep_that_was_killed_is_resumed(toy: Project):
    kill_and_resume(toy, kills=2, n_seeds=4)


@pytest.mark.slow
def test_twenty_kills_at_random_moments_lose_nothing(toy: Project):
    kill_and_resume(toy, kills=20, n_seeds=40)


def test_two_sweeps_at_once_share_the_work(toy: Project):
    options = ("--seeds", "3", "-p", "wait=0.3", "--jobs", "1", "--resume")
    both = [sweep(toy, *options), sweep(toy, *options)]
    assert [process.communicate(timeout=90) and process.returncode for process in both] == [0, 0]
    assert Counter(run.parameters["seed"] for run in stored(toy).values()) == {0: 1, 1: 1, 2: 1}


def test_a_folder_that_cannot_be_written_to_is_told_in_a_sentence(toy: Project):
    (toy.root / "runs").write_text("not a folder")
    process = sweep(toy, "--seeds", "2", stderr=subprocess.PIPE)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2 and told.count("\n") == 1 and "runs" in told


def kill_and_resume(toy: Project, kills: int, n_seeds: int) -> None:
    """Start a sweep, kill it (all of it, or the parent only) at a random moment, resume it; nothing may be lost."""
    chance, seen = random.Random(1), {}
    options = ("--seeds", str(n_seeds), "--jobs", "2", "--resume")
    for number in range(kills):
        process = sweep(toy, *options)
        time.sleep(chance.uniform(1.5, 4.5))
        everybody = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        for pid in everybody if number % 2 else everybody[:1]:
            with_suppressed_kill(pid)
        process.wait()
        process.stdout.close()
        now = stored(toy)
        assert seen.items() <= now.items()
        assert all((folder / "notebook.ipynb").exists() and run.ok for folder, run in now.items())
        seen = now
    wait_until_gone(everybody)
    assert len(seen) > 0
    finished = sweep(toy, *options)
    finished.communicate(timeout=300)
    runs = stored(toy)
    assert finished.returncode == 0 and seen.items() <= runs.items()
    assert Counter(run.parameters["seed"] for run in runs.values()) == dict.fromkeys(range(n_seeds), 1)
    assert all(path in runs for path in (toy.root / "runs" / "05_toy").iterdir())


def with_suppressed_kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait_until_gone(pids: list[int], seconds: float = 10) -> None:
    """Workers and kernels whose parent was killed end by themselves."""
    end = time.monotonic() + seconds
    while living := [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]:
        assert time.monotonic() < end, f"still there: {living}"
        time.sleep(0.1)


def wait_for_kernel(process: subprocess.Popen, seconds: float = 30) -> psutil.Process:
    """The first worker of a sweep that has a kernel."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for worker in psutil.Process(process.pid).children():
            if any("ipykernel_launcher" in " ".join(kernel.cmdline()) for kernel in worker.children()):
                return worker
        time.sleep(0.05)
    raise AssertionError("no kernel started")
