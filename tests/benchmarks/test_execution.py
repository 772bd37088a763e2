"""The benchmark's arithmetic, on commands whose cost is known, and the results that the book shows."""

import csv
import sys
from pathlib import Path

import pytest

from benchmarks.contenders import Contender, environment
from benchmarks.execution import CONDITIONS, RESULTS, Cost, cost, measure, replace, summary

STATIC = Path(__file__).parents[2] / "book" / "_static"


def contender(name: str, code: str, times: int = 1, units: int = 1) -> Contender:
    return Contender(name, lambda folder: [[sys.executable, "-c", code]] * times, Path.cwd(), environment(), units)


def test_the_time_of_a_command_and_of_its_children_is_divided_by_the_runs():
    burn = "import time\nwhile time.process_time() < 0.5: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    found = cost(contender("two", child, times=2, units=2))
    assert 0.5 <= found.cpu <= found.wall + 0.1
    assert found.cpu < 0.9, "two runs of half a second each and two starts, divided by two"


def test_a_failing_command_ends_the_benchmark_with_its_words():
    with pytest.raises(SystemExit, match="no such thing"):
        cost(contender("wrong", "import sys; sys.exit('no such thing')"))


def test_every_contender_is_measured_in_every_round():
    names = ("one", "two", "three")
    costs = measure("a task", [contender(name, "") for name in names], rounds=3)
    assert list(costs) == list(names) and all(len(each) == 3 for each in costs.values())


def test_ratios_compare_within_a_round():
    costs = {"first": [Cost(8, 4), Cost(80, 5), Cost(9, 6)], "other": [Cost(2, 4), Cost(20, 5), Cost(3, 6)]}
    rows = summary("a task", costs)
    assert [row["Times faster"] for row in rows] == ["1.0", "4.0"]
    assert [row["Times less CPU"] for row in rows] == ["1.0", "1.0"]
    assert rows[0]["Seconds"] == "9.00" and rows[1]["Seconds"] == "3.00"


def test_the_results_in_the_book_have_the_form_that_the_benchmark_writes():
    header = list(summary("", {"": [Cost(1, 1)]})[0])
    rows = list(csv.DictReader((STATIC / RESULTS).open(encoding="utf-8")))
    assert rows and all(list(row) == header for row in rows)
    firsts = {row["Task"]: row for row in reversed(rows)}
    assert all(row["Times faster"] == row["Times less CPU"] == "1.0" for row in firsts.values())
    measured = list(csv.DictReader((STATIC / CONDITIONS).open(encoding="utf-8")))
    assert [row["Task"] for row in measured] == list(dict.fromkeys(row["Task"] for row in rows))
    assert all(int(row["Rounds"]) and float(row["Load average before"]) >= 0 for row in measured)


def test_measuring_one_task_again_leaves_the_others(tmp_path: Path):
    path = tmp_path / RESULTS
    for task, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        replace(path, task, [{"Task": task, "Value": value}, {"Task": task, "Value": -value}])
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert [(row["Task"], row["Value"]) for row in rows[::2]] == [("a", "3"), ("b", "2"), ("c", "4")]
    assert len(rows) == 6
