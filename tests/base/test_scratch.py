"""Private folders for work in progress."""

import signal
import subprocess
import sys
from pathlib import Path

from ftsec.base import locks
from ftsec.base.scratch import scratch_folder

HOLDER = """
import sys, time
from pathlib import Path
from ftsec.base.scratch import scratch_folder
with scratch_folder("work-", Path(sys.argv[1])) as folder:
    (folder / "half").write_text("a")
    print("ready", flush=True)
    time.sleep(60)
"""


def _holder(folder: Path) -> subprocess.Popen:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_folder_is_gone_after_its_block(tmp_path: Path):
    with scratch_folder("work-", tmp_path) as folder:
        (folder / "file").touch()
    assert not list(tmp_path.iterdir())


def test_the_next_folder_clears_away_what_a_killed_process_left_and_nothing_else(tmp_path: Path):
    (tmp_path / "other").mkdir()
    with _holder(tmp_path) as killed:
        left = next(tmp_path.glob("work-*"))
        killed.send_signal(signal.SIGKILL)
    with _holder(tmp_path) as alive:
        kept = [path for path in tmp_path.glob("work-*") if path != left]
        assert not left.exists()
        with scratch_folder("work-", tmp_path):
            assert kept[0].exists(), "its process is at work"
        alive.kill()
    assert (tmp_path / "other").exists()


def test_a_folder_that_was_removed_before_it_was_locked_is_made_again(tmp_path: Path, monkeypatch):
    def removed_first(folder: Path) -> int:
        monkeypatch.undo()
        folder.rmdir()
        return locks.take(folder)

    monkeypatch.setattr(locks, "take", removed_first)
    with scratch_folder("work-", tmp_path) as folder:
        assert folder.is_dir() and list(tmp_path.iterdir()) == [folder]
