"""The store of runs: whole or not at all, whatever happens to the process that writes."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import secrets
import time
from pathlib import Path

import pytest

from ftsec.base import files
from ftsec.base.errors import InputError
from ftsec.running import store
from ftsec.running.compare import load_runs
from ftsec.running.store import PARTIAL, claim_run, draft, find_run, publish, read_run, stored_runs, sweep_up
from tests.small_book import make_run, store_run

KILLS = 20


def write_for_ever(folder: Path) -> None:
    """Store one run after another, as a worker does."""
    while True:
        with draft(folder) as partial:
            for name in "abcdef":
                (partial / name).write_bytes(bytes(200_000))
            publish(partial, make_run(key=secrets.token_hex(8)))


def test_a_published_run_is_read_back(tmp_path: Path):
    run = make_run()
    folder = store_run(tmp_path, run)
    assert folder.name == "20260102T030405-0123456789"
    assert read_run(folder) == run
    assert find_run(tmp_path, run.key) == (folder, run)
    assert find_run(tmp_path, "0" * 16) is None


def test_equal_runs_of_the_same_second_are_both_kept(tmp_path: Path):
    first, second = store_run(tmp_path, make_run()), store_run(tmp_path, make_run(seconds=2.0))
    assert first != second and [run.seconds for _, run in stored_runs([tmp_path])] == [1.5, 2.0]


def test_a_draft_that_is_not_published_leaves_nothing(tmp_path: Path):
    with pytest.raises(RuntimeError), draft(tmp_path) as partial:
        (partial / "half").write_text("x")
        assert list(stored_runs([tmp_path])) == []
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_only_what_nobody_works_on_is_swept_up(tmp_path: Path):
    (tmp_path / f"{PARTIAL}dead").mkdir()
    (tmp_path / f"{PARTIAL}dead" / "half").write_text("x")
    (tmp_path / ".claim-dead").touch()
    with draft(tmp_path) as partial, claim_run(tmp_path, "a" * 16, wait=False) as mine:
        assert mine and sweep_up(tmp_path) == 1
        assert partial.exists() and {path.name for path in tmp_path.iterdir()} == {partial.name, ".claim-aaaaaaaaaa"}


def test_a_claim_is_exclusive_and_ends_with_its_block(tmp_path: Path):
    with claim_run(tmp_path, "a" * 16, wait=False) as first, claim_run(tmp_path, "a" * 16, wait=False) as second:
        assert (first, second) == (True, False)
    with claim_run(tmp_path, "a" * 16, wait=True) as third:
        assert third
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_cannot_be_read_is_left_out_with_a_warning(tmp_path: Path):
    good, bad = store_run(tmp_path, make_run()), store_run(tmp_path, make_run(key="f" * 16))
    (bad / "run.json").write_text('{"chapter": ')
    with pytest.warns(UserWarning, match=bad.name):
        assert [folder for folder, _ in stored_runs([tmp_path])] == [good]


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.Path, "write_bytes", full)
    with pytest.raises(InputError, match="No space left on device"):
        store_run(tmp_path, make_run())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("action", ["draft", "claim"])
def test_an_unusable_folder_is_told_in_a_sentence(tmp_path: Path, action: str):
    (tmp_path / "file").write_text("not a folder")
    folder = tmp_path / "file" / "05_toy"
    opened = draft(folder) if action == "draft" else claim_run(folder, "a" * 16, wait=False)
    with pytest.raises(InputError, match="cannot write to"), opened:
        raise AssertionError("it opened")


def test_twenty_kills_of_a_busy_writer_leave_whole_runs_only(tmp_path: Path):
    chance, seen = random.Random(0), {}
    for _ in range(KILLS):
        writer = multiprocessing.get_context("fork").Process(target=write_for_ever, args=[tmp_path])
        writer.start()
        time.sleep(chance.uniform(0.01, 0.06))
        writer.kill()
        writer.join()
        stored = {folder: run for folder, run in stored_runs([tmp_path])}
        assert seen.items() <= stored.items()
        assert all(len(list(folder.iterdir())) == 7 for folder in stored)
        seen = stored
    left = [path for path in tmp_path.iterdir() if path.name[0] == "."]
    assert sweep_up(tmp_path) == len(left) > 0  # some kills came in the middle of a run
    assert set(tmp_path.iterdir()) == set(seen) and len(seen) > KILLS


def test_ten_thousand_runs_are_read_in_seconds(tmp_path: Path):
    text = json.dumps(store.asdict(make_run()))
    for number in range(10_000):
        folder = tmp_path / "05_toy" / f"20260102T030405-{number:010x}"
        folder.mkdir(parents=True)
        changed = text.replace("0123456789abcdef", f"{number:016x}").replace('"n_harmful": 1', f'"n_harmful": {number}')
        (folder / "run.json").write_text(changed)
    start = time.process_time()
    frame = load_runs(tmp_path)
    assert time.process_time() - start < 10
    assert len(frame) == 10_000 and frame["n_harmful"].nunique() == 10_000
