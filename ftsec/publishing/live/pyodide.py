"""Pyodide's core (Python for the browser) from its npm package: pinned, checked by digest, nothing else of it kept."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic

VERSION = "314.0.7"
# as npm records it: the SHA-512 of the archive; a new version changes both lines
INTEGRITY = "sha512-0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
ARCHIVE = f"pyodide-{VERSION}.tgz"
# what runs Python, and what says whose it is
FILES = (
    "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "package.json",
    "README.md",
)  # fmt: skip
MINUTES = 10


def fetch(folder: Path) -> Path:
    """The archive, brought by npm unless it lies in `folder` from an earlier time.

    Raises:
        InputError: if npm is not there or cannot bring it.
    """
    kept = folder / ARCHIVE
    if kept.exists() and integrity(kept.read_bytes()) == INTEGRITY:
        return kept
    npm = shutil.which("npm")
    if npm is None:
        raise InputError(
            "npm is not on this machine, and it brings Pyodide (the Python of the pages); install Node.js with npm, "
            f"or name the archive with --archive {ARCHIVE}"
        )
    with TemporaryDirectory() as scratch:
        _pack(npm, Path(scratch))
        write_atomic(kept, (Path(scratch) / ARCHIVE).read_bytes())
    return kept


def core(archive: Path) -> dict[str, bytes]:
    """The files of Pyodide's core, by name.

    Raises:
        InputError: if the archive cannot be read, or is not the one that was pinned.
    """
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {archive}: {error.strerror}") from error
    if integrity(content) != INTEGRITY:
        raise InputError(f"{archive} is not Pyodide {VERSION} as it was published: its digest differs")
    with tarfile.open(archive) as packed:
        return {name: packed.extractfile(f"package/{name}").read() for name in FILES}


def integrity(content: bytes) -> str:
    """The digest of a file as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _pack(npm: str, folder: Path) -> None:
    command = [npm, "pack", "--silent", "--pack-destination", str(folder), f"pyodide@{VERSION}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60 * MINUTES)
    except subprocess.TimeoutExpired:
        raise InputError(f"npm did not bring Pyodide {VERSION} within {MINUTES} minutes") from None
    if done.returncode or not (folder / ARCHIVE).exists():
        said = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it said nothing more")
        raise InputError(f"npm could not bring Pyodide {VERSION}: {said.strip()}")
