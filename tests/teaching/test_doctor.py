from pathlib import Path

import pytest
from click.testing import CliRunner

from ftsec.base.project import find_project
from ftsec.cli.doctor import check_training, doctor, train_for
from ftsec.teaching.doctor import (
    KIT_MARK,
    Finding,
    check_disk,
    check_kernel,
    check_memory,
    check_packages,
    check_python,
    check_write_access,
    examine,
    lock_of,
    locked_versions,
)


@pytest.mark.parametrize(("version", "ok"), [((3, 10), False), ((3, 11), True), ((3, 14), True), ((3, 15), False)])
def test_only_supported_pythons_pass(version, ok):
    assert check_python(version).ok is ok


def test_the_lock_is_read_for_this_system():
    lock = "Foo_Bar==1.2 ; sys_platform == 'nowhere' \\\n    --hash=sha256:aa\n# via x==1\nnumpy==2.1 \\\n"
    assert dict(locked_versions(lock)) == {"numpy": "2.1"}


def test_missing_and_other_packages_are_named(tmp_path: Path):
    lock = tmp_path / "requirements.txt"
    lock.write_text("numpy==0.1\nno-such-package==1.0\n", encoding="utf-8")
    finding = check_packages(lock)
    assert "no-such-package" in finding.found and "numpy" in finding.found and "make book" in finding.advice


def test_the_environment_of_the_tests_is_as_locked():
    assert check_packages(find_project(Path(__file__)).root / "requirements.txt").ok


def test_in_a_kit_jupyterlab_is_wanted_too(tmp_path: Path):
    assert lock_of(tmp_path).name == "requirements.txt"
    (tmp_path / KIT_MARK).touch()
    assert lock_of(tmp_path).name == "requirements-lab.txt"
    locks = [find_project(Path(__file__)).root / name for name in ("requirements-lab.txt", "requirements.txt")]
    lab, book = ({name for name, _ in locked_versions(lock.read_text(encoding="utf-8"))} for lock in locks)
    assert book < lab and "jupyterlab" in lab - book


def test_too_little_memory_or_disk_is_a_fault(tmp_path: Path):
    assert "close other programs" in check_memory(0.2).advice and check_memory(4.0).ok
    assert "make room" in check_disk(tmp_path, 0.2).advice and check_disk(tmp_path, 4.0).ok


def test_a_folder_that_cannot_be_written_to_is_a_fault(tmp_path: Path):
    assert check_write_access(tmp_path).ok
    assert "folder of your own" in check_write_access(tmp_path / "missing").advice


def test_a_check_that_breaks_is_a_fault_and_the_next_ones_run():
    def broken():
        raise OSError("no such lock\nsecond line")

    first, second = examine([("packages", broken), ("disk", lambda: Finding("disk", "enough"))])
    assert not first.ok and first.found == "OSError: no such lock" and first.advice
    assert second.ok


def test_a_kernel_starts():
    finding = check_kernel(find_project(Path(__file__)).root)
    assert finding.ok, finding.found


def test_training_lowers_the_loss():
    losses, took = train_for(0.3)
    assert losses[-1] < losses[0] and took >= 0.3


def test_a_loss_that_does_not_fall_is_a_fault(monkeypatch):
    monkeypatch.setattr("ftsec.cli.doctor.train_for", lambda seconds: ([1.0, 1.2], 0.1))
    assert "install the lock" in check_training().advice
    monkeypatch.setattr("ftsec.cli.doctor.train_for", lambda seconds: ([1.0, 0.9], 2.0))
    assert "close other programs" in check_training().advice


def test_a_fault_ends_with_status_one_and_advice(monkeypatch):
    checks = [("disk", lambda: Finding("disk", "0.1 GB free", "make room"))]
    monkeypatch.setattr("ftsec.teaching.doctor.standard_checks", lambda root: checks)
    monkeypatch.setattr("ftsec.cli.doctor.check_training", lambda: Finding("training", "done"))
    result = CliRunner().invoke(doctor)
    assert result.exit_code == 1
    assert "FAULT  disk" in result.output and "what to do: make room" in result.output
