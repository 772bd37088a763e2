"""What running chapters costs: the project's commands beside what a user would otherwise type.

    make bench                                       # everything, on a machine with nothing else to do
    make bench OPTIONS="--points 4 --rounds 1"       # small
    make bench OPTIONS="--only 'the book'"           # one task; what is known of the others stays

Every round runs all contenders of a task, one after the other, in an order that changes from round to round, so that
the machine's other work meets them alike. Times are wall time and processor time of the command and all its children.
The ratio to the first contender of the task is taken within each round; the medians over the rounds go into
book/_static/benchmarks.csv, which the book shows.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import platform
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import Contender, tasks
from ftsec.base.files import write_atomic
from ftsec.base.project import find_project
from ftsec.running.workers import default_workers

RESULTS, CONDITIONS = "benchmarks.csv", "benchmarks-conditions.csv"


@dataclass(frozen=True)
class Cost:
    """Seconds that one unit of a task took."""

    wall: float
    cpu: float


def main() -> None:
    options = parse_options()
    project = find_project()
    folder = project.root / "book" / "_static"
    for task, contenders in tasks(project, options.points).items():
        if not options.only or task in options.only:
            load = os.getloadavg()[0]
            rows = summary(task, measure(task, contenders, options.rounds))
            replace(folder / RESULTS, task, rows)  # after each task: whoever stops it early keeps what is done
            replace(folder / CONDITIONS, task, [conditions(task, options, load)])


def measure(task: str, contenders: list[Contender], rounds: int) -> dict[str, list[Cost]]:
    """The costs of each contender, one a round."""
    costs: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        for contender in contenders[number % len(contenders) :] + contenders[: number % len(contenders)]:
            costs[contender.name].append(cost(contender))
            print(f"{task}, round {number + 1}: {contender.name}: {costs[contender.name][-1]}", flush=True)
    return costs


def cost(contender: Contender) -> Cost:
    """Run a contender's commands once.

    Raises:
        SystemExit: if one fails, with what it printed last.
    """
    with tempfile.TemporaryDirectory(prefix="ftsec-bench-") as folder:
        commands = contender.commands(Path(folder))
        start, cpu = time.perf_counter(), _children()
        for command in commands:
            done = subprocess.run(command, cwd=contender.cwd, env=contender.env, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{contender.name}: {' '.join(command)}\n{(done.stdout + done.stderr)[-2000:]}")
        return Cost((time.perf_counter() - start) / contender.units, (_children() - cpu) / contender.units)


def _children() -> float:
    """Processor seconds of all processes this one has waited for, and those that they have waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def summary(task: str, costs: dict[str, list[Cost]]) -> list[dict]:
    """A row for each contender: medians, and how many times cheaper than the first one it is."""
    first = next(iter(costs.values()))
    return [
        {
            "Task": task,
            "With": name,
            "Seconds": f"{statistics.median(each.wall for each in own):.2f}",
            "CPU seconds": f"{statistics.median(each.cpu for each in own):.2f}",
            "Times faster": _ratio(first, own, lambda each: each.wall),
            "Times less CPU": _ratio(first, own, lambda each: each.cpu),
        }
        for name, own in costs.items()
    ]


def _ratio(first: list[Cost], own: list[Cost], value: Callable[[Cost], float]) -> str:
    ratios = [value(one) / value(other) for one, other in zip(first, own, strict=True)]
    return f"{statistics.median(ratios):.1f}"


def conditions(task: str, options: argparse.Namespace, load: float) -> dict:
    """What the reader must know to read the task's rows."""
    return {
        "Task": task,
        "Measured on": datetime.now(UTC).date().isoformat(),
        "Rounds": options.rounds,
        "Load average before": f"{load:.1f}",
        "Load average after": f"{os.getloadavg()[0]:.1f}",
        "Cores": default_workers(),
        "System": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }


def replace(path: Path, task: str, rows: list[dict]) -> None:
    """Put the rows of a task into the file in place of its old ones; the other tasks' rows stay."""
    old = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []
    position = next((number for number, row in enumerate(old) if row["Task"] == task), len(old))
    kept = [row for row in old if row["Task"] != task]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows([*kept[:position], *rows, *kept[position:]])
    write_atomic(path, text.getvalue())


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=50, help="runs of the sweep")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", metavar="TASK", help="only this task (repeatable)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
