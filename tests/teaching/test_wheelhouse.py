"""Which pins of the lock a system needs, and what is told where a wheel is missing."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.cli.workshop import workshop
from ftsec.teaching import wheelhouse
from ftsec.teaching.doctor import locked_versions
from ftsec.teaching.wheelhouse import PYTHONS, SYSTEMS, fill, pins

LOCK = find_project(Path(__file__)).root / "requirements-lab.txt"
SMALL = (
    "a==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n"
)


@pytest.mark.parametrize(
    ("system", "wanted"), [("linux", ["a==1"]), ("macos", ["a==1"]), ("windows", ["a==1", "b==2"])]
)
def test_markers_are_read_for_the_system_of_the_class_and_not_for_this_one(system, wanted):
    lines = pins(SMALL, system, "3.12")
    assert [line.split(" ")[0] for line in lines] == wanted
    assert lines[0] == "a==1 --hash=sha256:aa --hash=sha256:bb"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_pin_of_the_real_lock_has_a_hash_and_the_book_is_among_them(system, python):
    lines = pins(LOCK.read_text(encoding="utf-8"), system, python)
    assert all(" --hash=sha256:" in line for line in lines)
    names = {line.split("==")[0] for line in lines}
    assert {"numpy", "pandas", "jupyterlab", "papermill", "hatchling"} <= names
    assert ("pywinpty" in names) is (system == "windows")


def test_for_this_system_they_are_what_an_installation_takes():
    here = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    taken = {name for name, _ in locked_versions(LOCK.read_text(encoding="utf-8"))}
    assert len({line.split("==")[0] for line in pins(LOCK.read_text(encoding="utf-8"), here, version)}) == len(taken)


def test_a_missing_wheel_is_named_and_the_others_are_there(tmp_path, monkeypatch):
    def download(wanted, system, python, folder):
        for line in wanted:
            name = line.split("==")[0]
            if name == "b":
                return False
            (folder / f"{name}-1-py3-none-any.whl").touch()
        return True

    monkeypatch.setattr(wheelhouse, "_download", download)
    lock = tmp_path / "lock.txt"
    lock.write_text(SMALL, encoding="utf-8")
    assert fill(lock, "windows", "3.12", tmp_path / "w") == ["b==2"]
    monkeypatch.setattr("ftsec.cli.workshop.LOCK", str(lock))
    result = CliRunner().invoke(workshop, ["wheels", "--system", "windows", "-o", str(tmp_path / "v")])
    assert result.exit_code == 1 and "1 wheels for windows" in result.output and "no wheel of b==2" in result.output


def test_without_network_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(wheelhouse, "_download", lambda *_: False)
    with pytest.raises(InputError, match="no wheel could be downloaded"):
        fill(LOCK, "linux", "3.12", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_wheels_of_the_lock_are_there_for_every_system(system, tmp_path):
    """Downloads some 150 MB from the package index; skipped without network."""
    try:
        assert fill(LOCK, system, "3.12", tmp_path) == []
    except InputError:
        pytest.skip("no network, or no package index")
