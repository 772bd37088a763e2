"""How long one run of a sweep takes, against the papermill command line in a loop, in one go on one machine.

    python benchmarks/sweep.py --points 50 --loop 6

Half of the loop runs before the sweep and half after it, so that a change of the machine's load meets both. The
sweep is the whole command, start and planning included, and stores every run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ftsec.execution.project import Project, find_project
from ftsec.execution.workers import default_workers

CHAPTER, PARAMETER = "02", "adversarial_examples"


def main() -> None:
    arguments = parse_arguments()
    project = find_project()
    with tempfile.TemporaryDirectory() as folder:
        half = arguments.loop // 2
        loop = [papermill(project, Path(folder), dose) for dose in range(half)]
        swept = sweep(project, Path(folder), arguments.points, arguments.jobs)
        loop += [papermill(project, Path(folder), dose) for dose in range(half, arguments.loop)]
    alone = sum(loop) / len(loop)
    each = swept / arguments.points
    result = {
        "chapter": CHAPTER, "points": arguments.points, "jobs": arguments.jobs, "papermill_runs": len(loop),
        "papermill_seconds_per_run": round(alone, 2), "papermill_range": [round(min(loop), 2), round(max(loop), 2)],
        "sweep_seconds_per_run": round(each, 2), "ratio": round(alone / each, 2),
    }
    print(json.dumps(result, indent=2))


def papermill(project: Project, folder: Path, dose: int) -> float:
    """Seconds that the papermill command takes for one run."""
    source = project.chapter(CHAPTER)
    command = [sys.executable, "-m", "papermill", str(source), str(folder / "out.ipynb"), "-p", PARAMETER, str(dose)]
    return timed([*command, "--cwd", str(project.root), "--no-progress-bar", "-k", "python3"])


def sweep(project: Project, folder: Path, points: int, jobs: int) -> float:
    """Seconds that the whole sweep takes, and a check that every run is stored."""
    doses = ",".join(map(str, range(points)))
    command = [sys.executable, "-m", "ftsec", "sweep", CHAPTER, "-g", f"{PARAMETER}={doses}", "-j", str(jobs)]
    seconds = timed([*command, "-o", str(folder / "runs")])
    stored = len(list((folder / "runs").glob("*/*/run.json")))
    if stored != points:
        raise SystemExit(f"{stored} of {points} runs are stored")
    return seconds


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=50, help="runs of the sweep")
    parser.add_argument("--loop", type=int, default=6, help="runs of the papermill command line")
    parser.add_argument("--jobs", type=int, default=default_workers(), help="workers of the sweep")
    return parser.parse_args()


if __name__ == "__main__":
    main()
