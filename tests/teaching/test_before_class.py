"""What doctor says the day before about wheels, ports, a Chromium and a chapter that asks another host."""

import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ftsec.base.errors import InputError
from ftsec.cli.doctor import doctor
from ftsec.teaching import before_class
from ftsec.teaching.before_class import check_chapter, check_chromium, check_port, check_wheels, missing_wheels
from ftsec.teaching.doctor import Finding

ASK = "import socket\nwith socket.socket() as asked:\n    asked.settimeout(1)\n    asked.connect({address!r})"


def small_book(folder: Path, source: str) -> Path:
    (folder / "notebooks").mkdir(parents=True)
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: README\nchapters:\n- file: notebooks/02_x\n", encoding="utf-8"
    )
    notebook = new_notebook(cells=[new_markdown_cell("# X", id="title"), new_code_cell(source, id="run")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "notebooks" / "02_x.ipynb")
    return folder


def test_a_chapter_that_asks_another_host_is_a_fault_and_one_that_asks_this_computer_is_not(tmp_path):
    finding = check_chapter(small_book(tmp_path / "a", ASK.format(address=("192.0.2.1", 80))))
    assert not finding.ok and "the chapter asks another host: 192.0.2.1" in finding.found
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        finding = check_chapter(small_book(tmp_path / "b", ASK.format(address=door.getsockname())))
    assert finding.ok and "02 ran in" in finding.found and "asked no other host" in finding.found


def test_a_slow_chapter_is_told_and_class_can_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(before_class, "SLOW_SECONDS", 0.0)
    finding = check_chapter(small_book(tmp_path, "1"))
    assert finding.ok and finding.mark == "note" and "share a faster one" in finding.advice


def test_wheels_that_this_python_cannot_install_or_of_another_version_are_missing(tmp_path):
    for name in ("a-1.0-py3-none-any.whl", "b-2.0-cp27-cp27m-win32.whl", "c-1.0-py3-none-any.whl", "no wheel.whl"):
        (tmp_path / name).touch()
    assert missing_wheels({"a": "1.0", "b": "2.0", "c": "1.1"}, tmp_path) == ["b", "c"]


def test_a_folder_of_wheels_is_looked_at_only_where_there_is_one(tmp_path):
    root = tmp_path / "student"
    root.mkdir()
    (root / "requirements.txt").write_text("a==1.0 \\\n    --hash=sha256:00\n", encoding="utf-8")
    assert (
        check_wheels(root).mark == "note" and "ask your teacher" in check_wheels(root).advice
    )  # a kit has no Makefile
    (root / "Makefile").touch()
    assert "make wheelhouse" in check_wheels(root).advice
    (tmp_path / "wheelhouse").mkdir()
    assert "1 of 1 are not in" in check_wheels(root).found and not check_wheels(root).ok
    (tmp_path / "wheelhouse" / "a-1.0-py3-none-any.whl").touch()
    assert check_wheels(root).ok and "all 1 in" in check_wheels(root).found


def test_a_taken_port_and_a_missing_chromium_are_told_and_no_fault(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finding = check_port(taken.getsockname()[1])
    assert finding.ok and "is taken" in finding.found

    def missing():
        raise InputError("none")

    monkeypatch.setattr(before_class, "find_chromium", missing)
    assert check_chromium().ok and check_chromium().mark == "note"


@pytest.mark.parametrize(("only_told", "status", "mark"), [(True, 0, "note "), (False, 1, "FAULT")])
def test_a_note_leaves_the_computer_ready(only_told, status, mark, monkeypatch):
    checks = [("port", lambda: Finding("port", "8888 is taken", "take another", only_told))]
    monkeypatch.setattr("ftsec.teaching.doctor.standard_checks", lambda root: checks)
    monkeypatch.setattr("ftsec.cli.doctor.check_training", lambda: Finding("training", "done"))
    result = CliRunner().invoke(doctor)
    assert result.exit_code == status and f"{mark}  port" in result.output and "take another" in result.output
    assert ("this computer is ready" in result.output) is only_told


def test_a_students_computer_needs_nothing_of_what_prints_the_book():
    code = "import sys; sys.modules |= dict.fromkeys(('pypdf', 'playwright', 'jupyter_book', 'PIL.ImageFont'))"
    code += "; import ftsec.teaching.before_class, ftsec.teaching.sheets, ftsec.cli.gather, ftsec.cli.doctor"
    subprocess.run([sys.executable, "-c", code], check=True)
