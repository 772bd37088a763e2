import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from ftsec.errors import InputError
from ftsec.teaching import game_results
from ftsec.teaching.game import Blue, Red, Score
from ftsec.teaching.game_board import row

ROW = row(Blue("Ada, Bo & Co", "x"), Red("Cleo's"), "practice", Score(31.4, 2.5, 30.0, 1.4, 25.7, 1, 2, 6), "v")
AGAIN = """
import sys, itertools
from pathlib import Path
from dataclasses import replace
sys.path.insert(0, {tests!r})
from tests.teaching.test_game_results import ROW
from ftsec.teaching import game_results
for n in itertools.count():
    game_results.append(Path({path!r}), replace(ROW, red_digest=f"{{n}}"))
    print(n, flush=True)
"""


def append_many(path, name, count):
    for n in range(count):
        game_results.append(path, replace(ROW, blue_digest=name, red_digest=str(n)))


def test_a_row_comes_back_as_it_was(tmp_path):
    path = tmp_path / "new" / "results.csv"
    game_results.append(path, ROW)
    game_results.append(path, replace(ROW, red_digest="other"))
    assert game_results.read(path) == [ROW, replace(ROW, red_digest="other")]


def test_a_match_played_twice_counts_once_the_first_time(tmp_path):
    path = tmp_path / "results.csv"
    for points in (1.0, 2.0):
        game_results.append(path, replace(ROW, red_points=points))
    assert [each.red_points for each in game_results.read(path)] == [1.0]


def test_two_processes_append_at_once_and_nothing_is_lost(tmp_path):
    path = tmp_path / "results.csv"
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=append_many, args=(path, name, 40)) for name in ("a", "b")]
    for process in both:
        process.start()
    for process in both:
        process.join()
    rows = game_results.read(path)
    assert sorted((each.blue_digest, int(each.red_digest)) for each in rows) == [
        (name, n) for name in "ab" for n in range(40)
    ]


def test_what_was_told_as_written_survives_a_kill(tmp_path):
    path = tmp_path / "results.csv"
    root = os.fspath(game_results.Path(__file__).parents[2])
    code = AGAIN.format(tests=root, path=os.fspath(path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        while process.stdout.readline() != "20\n":
            time.sleep(0)
        process.send_signal(signal.SIGKILL)
    assert len(game_results.read(path)) >= 21
    game_results.append(path, replace(ROW, red_digest="after the kill"))
    assert game_results.read(path)[-1].red_digest == "after the kill"


@pytest.mark.parametrize("torn", ["half a line, no end", "blue_te"])
def test_a_torn_last_line_is_left_out_and_then_cut_off(torn, tmp_path):
    path = tmp_path / "results.csv"
    if torn.startswith("half"):
        game_results.append(path, ROW)
    with path.open("a") as file:
        file.write(torn)
    game_results.append(path, replace(ROW, red_digest="next"))
    assert [each.red_digest for each in game_results.read(path)][-1] == "next"
    assert torn + "\n" not in path.read_text() and torn + "A" not in path.read_text()


def test_reading_does_not_need_the_torn_line(tmp_path):
    path = tmp_path / "results.csv"
    game_results.append(path, ROW)
    with path.open("a") as file:
        file.write("half")
    assert game_results.read(path) == [ROW]


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text("name,grade\nAda,1\n")
    for use in (game_results.read, lambda p: game_results.append(p, ROW)):
        with pytest.raises(InputError, match="is no results file of this game"):
            use(path)
    assert path.read_text() == "name,grade\nAda,1\n"
    with pytest.raises(InputError, match="there is no results file"):
        game_results.read(tmp_path / "missing.csv")


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "results.csv"
    game_results.append(path, ROW)
    with path.open("a") as file:
        file.write("Ada,Bo,many\n")
    with pytest.raises(InputError, match="line 3 is no match of this game"):
        game_results.read(path)
