"""Files are written whole or not at all."""

import os
from pathlib import Path

import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic, write_if_changed


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path):
    target = tmp_path / "deep" / "file.txt"
    write_atomic(target, "one")
    write_atomic(target, b"two")
    assert target.read_text(encoding="utf-8") == "two"
    assert os.listdir(target.parent) == ["file.txt"]


def test_an_unchanged_file_keeps_its_time_stamp(tmp_path: Path):
    target = tmp_path / "file.txt"
    assert write_if_changed(target, "one")
    os.utime(target, (1, 1))
    assert not write_if_changed(target, "one")
    assert target.stat().st_mtime == 1


def test_a_folder_that_is_a_file_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write_atomic(tmp_path / "file" / "below.txt", "x")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_a_function_may_fill_the_file_and_its_failure_leaves_the_old_one(tmp_path: Path):
    target = tmp_path / "numbers.npy"
    write_atomic(target, lambda path: np.save(path, [1, 2]))
    assert np.load(target).tolist() == [1, 2]

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomic(target, fail)
    assert np.load(target).tolist() == [1, 2] and os.listdir(tmp_path) == ["numbers.npy"]


def test_the_umask_decides_who_may_read(tmp_path: Path):
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "file.txt", "one")
    finally:
        os.umask(before)
    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == 0o640


def test_a_full_disk_leaves_the_old_file_and_no_part(tmp_path: Path, monkeypatch):
    target = tmp_path / "file.txt"
    write_atomic(target, "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_atomic(target, "new")
    assert os.listdir(tmp_path) == ["file.txt"]
    assert target.read_text(encoding="utf-8") == "old"
