"""A folder of wheels for the computers of a class, whatever system this one runs: downloaded, hashes checked."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import Requirement

from ftsec.base.errors import InputError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# system: its platform tags, newest first, and what the markers of the lock ask about it
SYSTEMS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "linux": (
        ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64",
         "manylinux_2_12_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64"),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    ),
    "windows": (
        ("win_amd64",),
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    ),
    "macos": (
        ("macosx_14_0_arm64",),
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    ),
    "macos-intel": (
        ("macosx_14_0_x86_64",),
        {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "x86_64"},
    ),
}  # fmt: skip


def pins(lock: str, system: str, python: str) -> list[str]:
    """The lines of a lock that a system and a Python need, each with its hashes and without its marker."""
    about = {**SYSTEMS[system][1], "python_version": python, "python_full_version": f"{python}.9"}
    about |= {"implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": ""}
    kept = []
    for entry in _entries(lock):
        pin, *hashes = entry.replace("\\\n", " ").split(" --hash=")
        requirement = Requirement(pin.strip())
        if requirement.marker is None or requirement.marker.evaluate(about):
            marks = "".join(f" --hash={each.strip()}" for each in hashes)
            kept.append(f"{requirement.name}{requirement.specifier}{marks}")
    return kept


def fill(lock: Path, system: str, python: str, folder: Path) -> list[str]:
    """Download the wheels of a lock into a folder; returns the pins of which there is none for that system and Python.

    Raises:
        InputError: if nothing could be downloaded, such as without network.
    """
    wanted = pins(lock.read_text(encoding="utf-8"), system, python)
    folder.mkdir(parents=True, exist_ok=True)
    if _download(wanted, system, python, folder):
        return []
    missing = [pin for pin in wanted if not _download([pin], system, python, folder)]
    if len(missing) == len(wanted):
        raise InputError("no wheel could be downloaded: is there a network, and does pip reach its index?")
    return [pin.split(" ")[0] for pin in missing]


def _download(wanted: Sequence[str], system: str, python: str, folder: Path) -> bool:
    platforms = [word for tag in SYSTEMS[system][0] for word in ("--platform", tag)]
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "requirements.txt"
        listed.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--only-binary", ":all:", "--implementation", "cp", "--python-version", python]
        command += [*platforms, "--dest", str(folder), "--requirement", str(listed)]
        return subprocess.run(command, capture_output=True).returncode == 0


def _entries(lock: str) -> Iterator[str]:
    """Each pin of a lock with the lines of its hashes."""
    entry = ""
    for line in lock.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        entry += line + "\n"
        if not line.endswith("\\"):
            yield entry.strip()
            entry = ""
