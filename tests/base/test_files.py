"""Files are written whole or not at all."""

import os
from pathlib import Path

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
    with pytest.raises(InputError, match="cannot write"):
        write_atomic(tmp_path / "file" / "below.txt", "x")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


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
