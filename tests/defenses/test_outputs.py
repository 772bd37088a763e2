"""No option of a command destroys a file, and several outputs appear together or not at all."""

from __future__ import annotations

import os

import pytest

from ftsec.base.errors import InputError
from ftsec.defenses.outputs import check_outputs, written_together


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("precious")
    return path


def test_the_input_is_known_by_every_name(tmp_path, source):
    (tmp_path / "link").symlink_to(source)
    os.link(source, tmp_path / "second-name")
    for name in ("in.jsonl", "link", "second-name", "../" + tmp_path.name + "/in.jsonl"):
        with pytest.raises(InputError, match="is the input itself"):
            check_outputs([None, source], [tmp_path / name], force=True)


def test_two_outputs_are_two_files(tmp_path, source):
    with pytest.raises(InputError, match="another output as well"):
        check_outputs([source], [tmp_path / "new", None, tmp_path / "." / "new"])


@pytest.mark.parametrize(
    ("name", "force", "says"),
    [("old", False, "exists already"), ("folder", True, "is not a file"), ("no/new", True, "does not exist")],
)
def test_what_cannot_be_written_is_told_before_any_work(tmp_path, source, name, force, says):
    (tmp_path / "old").write_text("old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=says):
        check_outputs([source], [tmp_path / name], force)
    check_outputs([source], [tmp_path / "old", tmp_path / "new"], force=True)


def test_all_outputs_appear_when_the_block_ends(tmp_path):
    (tmp_path / "a").write_text("old")
    with written_together(tmp_path / "a", tmp_path / "b") as streams:
        for stream in streams:
            stream.write(b"new")
        assert (tmp_path / "a").read_text() == "old" and not (tmp_path / "b").exists()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "new", "b": "new"}


def test_a_block_that_fails_changes_nothing(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), written_together(tmp_path / "a", tmp_path / "b") as streams:
        streams[0].write(b"new")
        raise ZeroDivisionError
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old"}


def test_if_one_cannot_take_its_place_the_others_give_theirs_back(tmp_path):
    (tmp_path / "a").write_text("old")
    with (
        pytest.raises(InputError, match="c: cannot be written"),
        written_together(tmp_path / "a", tmp_path / "b", tmp_path / "c") as streams,
    ):
        for stream in streams:
            stream.write(b"new")
        (tmp_path / "c" / "in the way").mkdir(parents=True)
    assert (tmp_path / "a").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]
