import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from ftsec.base.errors import InputError
from ftsec.game import results
from ftsec.game.board import row
from ftsec.game.moves import Blue, Red, Score

ROW = row(Blue("Ada, Bo & Co", "x"), Red("Cleo's"), "practice", Score(31.4, 2.5, 30.0, 1.4, 25.7, 1, 2, 6), "v")
AGAIN = """
import sys, itertools
from pathlib import Path
from dataclasses import replace
sys.path.insert(0, {tests!r})
from tests.game.test_results import ROW
from ftsec.game import results
for n in itertools.count():
    results.append(Path({path!r}), replace(ROW, red_digest=f"{{n}}"))
    print(n, flush=True)
"""


def append_many(path, name, count):
    for n in range(count):
        results.append(path, replace(ROW, blue_digest=name, red_digest=str(n)))


def test_a_row_comes_back_as_it_was(tmp_path):
    path = tmp_path / "new" / "results.csv"
    results.append(path, ROW)
    results.append(path, replace(ROW, red_digest="other"))
    assert results.read(path) == [ROW, replace(ROW, red_digest="other")]


def test_a_match_played_twice_counts_once_the_first_time(tmp_path):
    path = tmp_path / "results.csv"
    for points in (1.0, 2.0):
        results.append(path, replace(ROW, red_points=points))
    assert [each.red_points for each in results.read(path)] == [1.0]


def test_two_processes_append_at_once_and_nothing_is_lost(tmp_path):
    path = tmp_path / "results.csv"
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=append_many, args=(path, name, 40)) for name in ("a", "b")]
    for process in both:
        process.start()
    for process in both:
        process.join()
    rows = results.read(path)
    assert sorted((each.blue_digest, int(each.red_digest)) for each in rows) == [
        (name, n) for name in "ab" for n in range(40)
    ]


def test_what_was_told_as_written_survives_a_kill(tmp_path):
    path = tmp_path / "results.csv"
    root = os.fspath(results.Path(__file__).parents[2])
    code = AGAIN.format(tests=root, path=os.fspath(path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        while (line := process.stdout.readline()) != "20\n":
            assert line, "the writer ended before its time"
        process.send_signal(signal.SIGKILL)
    assert len(results.read(path)) >= 21
    results.append(path, replace(ROW, red_digest="after the kill"))
    assert results.read(path)[-1].red_digest == "after the kill"


@pytest.mark.parametrize("torn", ["half a line, no end", "blue_te"])
def test_a_torn_last_line_is_left_out_and_then_cut_off(torn, tmp_path):
    path = tmp_path / "results.csv"
    if torn.startswith("half"):
        results.append(path, ROW)
    with path.open("a") as file:
        file.write(torn)
    results.append(path, replace(ROW, red_digest="next"))
    assert [each.red_digest for each in results.read(path)][-1] == "next"
    assert torn + "\n" not in path.read_text() and torn + "A" not in path.read_text()


def test_reading_does_not_need_the_torn_line(tmp_path):
    path = tmp_path / "results.csv"
    results.append(path, ROW)
    with path.open("a") as file:
        file.write("half")
    assert results.read(path) == [ROW]


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text("name,grade\nAda,1\n")
    for use in (results.read, lambda p: results.append(p, ROW)):
        with pytest.raises(InputError, match="is no results file of this game"):
            use(path)
    assert path.read_text() == "name,grade\nAda,1\n"
    with pytest.raises(InputError, match="there is no results file"):
        results.read(tmp_path / "missing.csv")


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "results.csv"
    results.append(path, ROW)
    with path.open("a") as file:
        file.write("Ada,Bo,many\n")
    with pytest.raises(InputError, match="line 3 is no match of this game"):
        results.read(path)
