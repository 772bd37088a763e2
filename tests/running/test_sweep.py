"""Runs and sweeps with real kernels: failures are rows, resuming runs what is missing, kills lose nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.publishing.run_report import notebook_report
from ftsec.running.grid import grid
from ftsec.running.runs import ChapterRuns, execute_run
from ftsec.running.store import Run, read_run, stored_runs
from ftsec.running.sweep import plan_sweep, run_sweep
from tests.small_book import make_run, store_run

KILLS = 20
MANY = 400  # runs, more than are made between the kills


def sweep(toy: Project, *options: str, **popen: object) -> subprocess.Popen:
    """A sweep started from the command line."""
    environment = os.environ | {"FTSEC_ROOT": str(toy.root)}
    command = [sys.executable, "-m", "ftsec", "sweep", "05", "-o", str(toy.root / "runs"), *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, **popen)


def stored(toy: Project) -> dict[Path, Run]:
    return dict(stored_runs([toy.root / "runs"]))


@pytest.fixture
def runs(toy: Project) -> ChapterRuns:
    return ChapterRuns(toy, toy.chapter("05"), toy.root / "runs")


def test_a_run_stores_notebook_report_and_all_that_is_known(toy: Project, runs: ChapterRuns):
    (toy.root / "mine.txt").write_text("an example\n")
    job = runs.job({"n_harmful": "50", "examples": str(toy.root / "mine.txt")}, report=notebook_report)
    folder, run = execute_run(job)
    assert folder.parent == toy.root / "runs" / "05_toy"
    assert {path.name for path in folder.iterdir()} == {"notebook.ipynb", "report.html", "run.json"}
    assert read_run(folder) == run and run.ok and run.error is None
    assert run.parameters["n_harmful"] == 50 and run.parameters["method"] == "full"
    assert [(each["name"], each["value"]) for each in run.results] == [("safety", 0.5), ("broken", False)]
    assert run.results[0]["interval"] == [0.4, 0.6] and run.results[0]["unit"] == "share"
    assert run.versions["python"] == ".".join(map(str, sys.version_info[:3])) and run.inputs["examples"]
    page = (folder / "report.html").read_text()
    assert '<b>Safety</b> <span class="ftsec-value">0.5' in page and not [
        word for word in ("<script", "http://", "https://") if word in page
    ]


def test_equal_runs_have_equal_keys_and_a_changed_input_another(toy: Project, runs: ChapterRuns):
    assert runs.job({}).key == runs.job({"n_harmful": 100, "method": "full"}).key != runs.job({"seed": 1}).key
    file = toy.root / "mine.txt"
    file.write_text("an example\n")
    before = runs.job({"examples": str(file)}).key
    file.write_text("another example\n")
    assert runs.job({"examples": str(file)}).key != before


def test_a_point_that_is_not_allowed_stops_the_sweep_before_it_starts(toy: Project, runs: ChapterRuns):
    with pytest.raises(InputError, match="20000"):
        plan_sweep(toy, runs, grid({"n_harmful": ["1", "20000"]}))
    assert not (toy.root / "runs").exists()


def test_a_failed_run_is_a_row_and_resuming_runs_what_is_missing(toy: Project, runs: ChapterRuns):
    points = grid({"n_harmful": [0, 13], "method": ["full", "lora"]})
    plan = plan_sweep(toy, runs, points[1:3])
    assert (len(plan.jobs), plan.stored, plan.seconds) == (2, 0, None)
    made = {run.parameters["n_harmful"]: run for _, run in run_sweep(plan, 2)}
    assert made == {run.parameters["n_harmful"]: run for run in stored(toy).values()}
    assert (made[0].status, made[0].error) == ("ok", None)
    assert (made[13].status, made[13].error["message"]) == ("failed", "ValueError: thirteen is not liked")
    resumed = plan_sweep(toy, runs, points, resume=True)
    assert [job.given for job in resumed.jobs] == [points[0], points[3]] and resumed.stored == 2
    assert resumed.seconds == made[0].seconds
    assert len(plan_sweep(toy, runs, points, resume=True, retry=True).jobs) == 3
    assert len(plan_sweep(toy, runs, points).jobs) == 4


def test_a_run_that_takes_too_long_is_stored_as_such(runs: ChapterRuns):
    folder, run = execute_run(runs.job({"wait": 60}, timeout=3))
    assert run.status == "timeout" and run.seconds < 40 and read_run(folder) == run
    assert run.error["message"] == "took longer than allowed (3 s for the run)"


def test_a_run_that_another_sweep_made_meanwhile_is_not_made_again(toy: Project, runs: ChapterRuns):
    plan = plan_sweep(toy, runs, [{"seed": 0}, {"seed": 1}], resume=True)
    folders = [store_run(runs.folder, make_run(key=job.key)) for job in plan.jobs]
    assert sorted(folder for folder, _ in run_sweep(plan, 1)) == sorted(folders)
    assert len(stored(toy)) == 2


def test_a_sweep_that_was_killed_is_resumed(toy: Project):
    process = sweep(toy, "--seeds", "3", "--resume")
    wait_for_another(toy, process, 0)
    kill(process, everybody=False)
    resume(toy, n_seeds=3, seen=stored(toy))


@pytest.mark.slow
def test_an_interrupt_is_one_sentence_within_a_second_and_leaves_whole_runs(toy: Project):
    process = sweep(toy, "--seeds", "9", "-p", "wait=2", "--jobs", "2", stderr=subprocess.PIPE)
    wait_for_kernel(toy, process)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    start, told = time.monotonic(), process.stderr.readline()
    assert time.monotonic() - start < 1 and told == "ftsec: interrupted\n"
    _, more = process.communicate(timeout=20)
    assert (process.returncode, more) == (130, "")
    assert all(run.ok for run in stored(toy).values()) and not list(toy.root.glob("runs/*/.part-*"))


@pytest.mark.slow
def test_twenty_kills_at_random_moments_lose_nothing(toy: Project):
    chance, seen = random.Random(1), {}
    for number in range(KILLS):
        process = sweep(toy, "--seeds", str(MANY), "--resume")
        if number % 3:  # two in three while it works, one in three while it starts
            wait_for_another(toy, process, len(seen))
        time.sleep(chance.uniform(0, 1.5))
        assert process.poll() is None, f"it ended with {process.returncode} and {len(stored(toy))} runs"
        kill(process, everybody=bool(number % 2))
        now = stored(toy)
        assert seen.items() <= now.items()
        assert all((folder / "notebook.ipynb").exists() and run.ok for folder, run in now.items())
        seen = now
    assert len(seen) > KILLS / 2
    resume(toy, n_seeds=MANY, seen=seen)


@pytest.mark.slow
def test_two_sweeps_at_once_share_the_work(toy: Project):
    options = ("--seeds", "3", "-p", "wait=0.3", "--jobs", "1", "--resume")
    both = [sweep(toy, *options), sweep(toy, *options)]
    assert [process.communicate(timeout=90) and process.returncode for process in both] == [0, 0]
    assert Counter(run.parameters["seed"] for run in stored(toy).values()) == {0: 1, 1: 1, 2: 1}


@pytest.mark.slow
def test_a_kernel_that_is_killed_fails_its_own_run_and_no_other(toy: Project):
    process = sweep(toy, "--seeds", "3", "-p", "wait=1", "--jobs", "1")
    wait_for_kernel(toy, process).kill()
    process.communicate(timeout=90)
    assert process.returncode == 1
    runs = sorted(stored(toy).values(), key=lambda run: run.ok)
    assert [run.ok for run in runs] == [False, True, True]
    assert "died" in runs[0].error["message"].lower()


def test_a_folder_that_cannot_be_written_to_is_told_in_a_sentence(toy: Project):
    (toy.root / "runs").write_text("not a folder")
    process = sweep(toy, "--seeds", "2", stderr=subprocess.PIPE)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2 and told.count("\n") == 1 and "runs" in told


def wait_for_another(toy: Project, process: subprocess.Popen, n_stored: int, seconds: float = 60) -> None:
    """Wait until more runs are stored, or the sweep has ended."""
    end = time.monotonic() + seconds
    while len(stored(toy)) <= n_stored and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)


def kill(process: subprocess.Popen, everybody: bool) -> None:
    """Kill a sweep, or all its processes; those that are left must end by themselves."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for each in family if everybody else family[:1]:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()
    process.stdout.close()
    _, left = psutil.wait_procs(family[1:], timeout=20)
    assert not left


def resume(toy: Project, n_seeds: int, seen: dict[Path, Run]) -> None:
    """Finish a sweep over seeds; what was stored is still there, what is missing is made, once, and nothing else."""
    process = sweep(toy, "--seeds", str(n_seeds), "--resume")
    process.communicate(timeout=600)
    runs = stored(toy)
    assert process.returncode == 0 and seen.items() <= runs.items()
    assert Counter(run.parameters["seed"] for run in runs.values()) == dict.fromkeys(range(n_seeds), 1)
    folder = toy.root / "runs" / "05_toy"
    assert set(folder.iterdir()) == {*runs, folder / "sweep.yaml"}


def wait_for_kernel(toy: Project, process: subprocess.Popen, seconds: float = 60) -> psutil.Process:
    """The kernel of a sweep's first run, once the run is on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):  # it has ended meanwhile
                if child.ppid() != process.pid and list(toy.root.glob("runs/*/.part-*")):
                    return child
    raise AssertionError("no run started")
