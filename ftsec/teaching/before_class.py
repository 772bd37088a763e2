"""What will be needed in class beside the book itself: wheels, a port, a Chromium, and a chapter that runs in time."""

from __future__ import annotations

import re
import socket
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ftsec.base.errors import InputError
from ftsec.base.project import Project, number_of
from ftsec.printing.chromium import find_chromium
from ftsec.running.notebook import run_notebook
from ftsec.teaching.doctor import SET_UP_AGAIN, Finding, lock_of, locked_versions

PORT = 8888  # JupyterLab's
USUAL = "02"  # the first lab of every plan
SLOW_SECONDS = 60.0
LIMIT_SECONDS = 300.0
WHEELHOUSES = ("../wheelhouse", "_build/wheelhouse")  # beside a kit, and where the book makes it
# the first cell of the chapter: every connection but one to this computer is a fault
ALONE = """\
import socket
_connect = socket.socket.connect
def _only_here(self, address):
    host = address[0] if isinstance(address, tuple) else ""
    if host not in ("", "localhost", "::1") and not str(host).startswith("127."):
        raise OSError(f"the chapter asks another host: {host}")
    return _connect(self, address)
socket.socket.connect = _only_here
"""


def check_wheels(root: Path) -> Finding:
    """Whether a folder of wheels, if there is one, holds all that this system and Python need."""
    folder = next((root / each for each in WHEELHOUSES if (root / each).is_dir()), None)
    if folder is None:
        return Finding(
            "wheels", "no folder of wheels", f"only if you must install without network: {_made_by(root)}", True
        )
    wanted = dict(locked_versions(lock_of(root).read_text(encoding="utf-8")))
    missing = missing_wheels(wanted, folder)
    if missing:
        told = f"{len(missing)} of {len(wanted)} are not in {folder}: {', '.join(missing[:3])}"
        return Finding(
            "wheels", told, "make the folder again with the Python and the system of the class: make wheelhouse"
        )
    return Finding("wheels", f"all {len(wanted)} in {folder}")


def _made_by(root: Path) -> str:
    """Where a folder of wheels comes from: a kit has no Makefile."""
    return "make wheelhouse" if (root / "Makefile").exists() else "ask your teacher for the folder wheelhouse"


def missing_wheels(wanted: dict[str, str], folder: Path) -> list[str]:
    """The packages of which the folder has no wheel in the wanted version that this Python can install."""
    here, there = frozenset(sys_tags()), set()
    for path in folder.glob("*.whl"):
        try:
            name, version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        if tags & here:
            there.add((canonicalize_name(name), str(version)))
    return sorted(name for name, version in wanted.items() if (name, version) not in there)


def check_port(port: int = PORT) -> Finding:
    """Whether JupyterLab's usual port is free."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            advice = "JupyterLab will take the next one: read the address that it prints, or close the other program"
            return Finding("port", f"{port} is taken", advice, True)
    return Finding("port", f"{port} is free")


def check_chromium() -> Finding:
    """Whether sheets can be printed as PDF; only the teacher needs it."""
    try:
        return Finding("chromium", find_chromium())
    except InputError:
        advice = "only for PDFs of the book and of the sheets: install your system's chromium package"
        return Finding("chromium", "none found", advice, True)


def check_chapter(root: Path) -> Finding:
    """How long a chapter takes, from its first cell to its last, without any other host."""
    chapters = Project(root).chapters()
    path = next((each for each in chapters if number_of(each) == USUAL), chapters[0])
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, new_code_cell(ALONE, id="alone"))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "asked.ipynb"
        nbformat.write(notebook, source)
        outcome = run_notebook(source, Path(folder) / "done.ipynb", root=root, run_timeout=LIMIT_SECONDS)
    if not outcome.ok:
        told = re.sub(r"\s+", " ", outcome.error.message if outcome.error else outcome.status)
        return Finding("chapter", f"{path.stem}: {told}", SET_UP_AGAIN)
    found = f"{number_of(path)} ran in {outcome.seconds:.0f} s and asked no other host"
    slow = "this computer is slow: let two people share a faster one, or read the outputs of the instructor edition"
    return Finding("chapter", found, slow if outcome.seconds > SLOW_SECONDS else "", outcome.seconds > SLOW_SECONDS)
