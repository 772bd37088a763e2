"""Tampering, additions and removals are named; links, pipes and lies in a manifest are refused."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from ftsec.base.errors import InputError
from ftsec.cli.provenance import provenance
from ftsec.defenses import provenance as room
from ftsec.defenses.provenance import create_manifest, from_json, to_json, verify_manifest


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "data"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("alpha")
    (root / "sub" / "b.txt").write_text("beta")
    (root / "sub" / "na\u00efve\nname").write_text("gamma")
    return root


def test_a_manifest_says_what_is_there(tree):
    records = create_manifest(tree, "CC0-1.0", "2026-11-21", ["crawled", "cleaned"])
    first = records[0]
    assert [r.path for r in records] == ["a.txt", "sub/b.txt", "sub/na\u00efve\nname"]
    assert (first.size, first.licence, first.steps) == (5, "CC0-1.0", ("crawled", "cleaned"))
    # printf alpha | sha256sum
    assert first.sha256 == "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"
    assert from_json(to_json(records)) == records
    assert verify_manifest(tree, records) == []


def test_every_difference_is_named(tree):
    records = create_manifest(tree)
    (tree / "a.txt").write_text("alphA")
    (tree / "sub" / "b.txt").unlink()
    (tree / "new.txt").write_text("x")
    (tree / "sub" / "na\u00efve\nname").write_text("longer than before")
    found = {(f.kind, f.path): f.detail for f in verify_manifest(tree, records)}
    assert found == {
        ("changed", "a.txt"): "another content of the same size",
        ("removed", "sub/b.txt"): "",
        ("added", "new.txt"): "",
        ("changed", "sub/na\u00efve\nname"): "18 bytes instead of 5",
    }


def test_links_that_leave_the_tree_are_refused(tree, tmp_path):
    records = create_manifest(tree)
    (tmp_path / "secret").write_text("s")
    (tree / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="leaves the tree"):
        create_manifest(tree)
    assert [(f.kind, f.path) for f in verify_manifest(tree, records)] == [("unsafe", "out")]


@pytest.mark.parametrize("target", ["..", "missing", "loop", "sub"])
def test_other_links_are_refused_too(tree, target):
    (tree / "loop").symlink_to(target)
    with pytest.raises(InputError, match="link"):
        create_manifest(tree)


def test_a_link_inside_the_tree_is_read_as_its_file(tree):
    (tree / "same.txt").symlink_to("a.txt")
    records = {r.path: r.sha256 for r in create_manifest(tree)}
    assert records["same.txt"] == records["a.txt"]


def test_a_recorded_file_replaced_by_a_link_is_noticed(tree, tmp_path):
    records = create_manifest(tree)
    (tmp_path / "copy").write_text("alpha")
    (tree / "a.txt").unlink()
    (tree / "a.txt").symlink_to(tmp_path / "copy")
    assert [(f.kind, f.path) for f in verify_manifest(tree, records)] == [("unsafe", "a.txt")]


def test_a_pipe_does_not_hang(tree):
    os.mkfifo(tree / "pipe")
    with pytest.raises(InputError, match="neither a file"):
        create_manifest(tree)


def test_a_file_that_vanishes_or_changes_midway_is_told(tree, monkeypatch):
    records = create_manifest(tree)
    walk = room._walk

    def vanishing(root, exclude):
        for path, problem in walk(root, exclude):
            if path == "sub/b.txt":
                (root / path).unlink()
            yield path, problem

    monkeypatch.setattr(room, "_walk", vanishing)
    found = verify_manifest(tree, records)
    assert [(f.kind, f.path, f.detail) for f in found] == [("changed", "sub/b.txt", "vanished while it was read")]
    (tree / "sub" / "b.txt").write_text("beta")
    with pytest.raises(InputError, match=r"b\.txt: vanished while it was read"):
        create_manifest(tree)


def test_an_empty_or_missing_tree_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no file"):
        create_manifest(tmp_path)
    with pytest.raises(InputError, match="not a directory"):
        create_manifest(tmp_path / "none")


RECORD = {"path": "a", "sha256": "0", "size": 1, "licence": "", "collected_at": "", "steps": []}


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("", "not valid JSON"),
        ("[]", "must hold an object"),
        ('{"format": "x", "format": "y"}', "twice"),
        ('{"format": "other", "files": []}', "not a provenance manifest"),
        ([{**RECORD, "path": "../up"}], "not a path below"),
        ([{**RECORD, "path": "/abs"}], "not a path below"),
        ([{**RECORD, "path": ""}], "not a path below"),
        ([{**RECORD, "size": "1"}], "wrong type"),
        ([{**RECORD, "more": 1}], "not complete"),
        ([{"path": "a"}], "not complete"),
        (["a"], "not complete"),
        ([RECORD, RECORD], "listed twice"),
    ],
)
def test_a_manifest_that_lies_is_refused(manifest, says):
    text = manifest if isinstance(manifest, str) else json.dumps({"format": room.FORMAT, "files": manifest})
    with pytest.raises(InputError, match=says):
        from_json(text)


def run(*arguments):
    return CliRunner().invoke(provenance, [str(a) for a in arguments])


def test_the_commands(tree, tmp_path):
    manifest = tree / "manifest.json"  # inside the tree: it does not list itself
    made = run("create", tree, "-o", manifest, "--licence", "CC0-1.0", "--step", "crawled")
    assert made.exit_code == 0 and "3 files" in made.stdout
    digest = made.stdout.split()[-1]
    assert run("verify", tree, manifest, "--digest", digest).exit_code == 0
    (tree / "a.txt").write_text("other")
    result = run("verify", tree, manifest)
    assert result.exit_code == 1 and "changed  a.txt" in result.stdout
    with pytest.raises(InputError, match="not the one"):
        CliRunner().invoke(provenance, ["verify", str(tree), str(manifest), "--digest", "0" * 64],
                           catch_exceptions=False)  # fmt: skip


def test_an_update_keeps_what_was_said_of_unchanged_files(tree, tmp_path):
    manifest = tmp_path / "m.json"
    run("create", tree, "-o", manifest, "--licence", "CC0-1.0")
    (tree / "new.txt").write_text("x")
    assert run("create", tree, "-o", manifest, "--licence", "MIT", "--update").exit_code == 0
    licences = {r.path: r.licence for r in from_json(manifest.read_text())}
    assert (licences["a.txt"], licences["new.txt"]) == ("CC0-1.0", "MIT")


def test_a_file_name_cannot_forge_a_line_of_the_report(tree, tmp_path):
    manifest = tmp_path / "m.json"
    run("create", tree, "-o", manifest)
    (tree / "x\nadded    fake").write_text("")
    assert "x\\nadded    fake" in run("verify", tree, manifest).stdout


@pytest.mark.parametrize("option", ["--force", "--update"])
def test_nothing_but_a_manifest_is_ever_replaced(tree, option):
    result = run("create", tree, "-o", tree / "a.txt", option)
    assert isinstance(result.exception, InputError) and (tree / "a.txt").read_text() == "alpha"
