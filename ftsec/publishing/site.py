"""Render the staged source with Jupyter Book; warnings are errors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from ftsec.base.code import PACKAGE, code_digests, data_digest, modules_behind
from ftsec.base.digests import digest
from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.project import Project
from ftsec.base.scratch import scratch_folder
from ftsec.publishing.address import book_address

BOOK_LOCK = "requirements-book.txt"
SITE, SINGLE_PAGE = "html", "singlehtml"  # Sphinx's builders, and the folders that hold what they made
# Jupyter Book in a process that ends with this one: its standard input is a pipe that nobody writes to. It is read
# from below Python's own files: a thread that holds the lock of one of these at the end is a fatal error.
RENDER = """
import os, threading
from jupyter_book.cli.main import main
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
main()
"""
COMMAND = ("build", "--warningiserror", "--nitpick", "--keep-going", "--quiet")


def is_rendered(project: Project, staged: str, builder: str = SITE) -> bool:
    """Whether the builder's output comes from exactly this staged tree, this code and these packages."""
    stamp = _stamp(project, builder)
    if not (project.build / builder).is_dir() or not stamp.exists():
        return False
    return stamp.read_text(encoding="utf-8") == site_digest(project, staged)


def render(project: Project, staged: str, builder: str = SITE) -> Path:
    """Run Jupyter Book over the staged tree, into a new folder that then takes the place of the old one.

    Nothing is kept of what was rendered before: a page removed is gone, and no page is half old.

    Returns:
        The folder with the builder's output.

    Raises:
        InputError: with Jupyter Book's own words if it reports an error or a warning.
    """
    result, stamp = project.build / builder, _stamp(project, builder)
    with scratch_folder("rendering-", project.build) as scratch:
        run_jupyter_book(project, str(scratch), "--builder", builder)
        stamp.unlink(missing_ok=True)
        shutil.rmtree(result, ignore_errors=True)
        (scratch / "_build" / builder).rename(result)
    (result / ".buildinfo").unlink(missing_ok=True)  # what Sphinx would need to render less than all
    write_atomic(stamp, site_digest(project, staged))
    return result


def run_jupyter_book(project: Project, output: str, *options: str) -> None:
    """Run Jupyter Book over the staged tree; its results lie in the folder `_build` of `output`.

    Raises:
        InputError: with Jupyter Book's own words if it reports an error or a warning.
    """
    command = [sys.executable, "-c", RENDER, *COMMAND, *options]
    command += ["--path-output", output, str(project.staged)]
    ended, alive = os.pipe()
    try:
        result = subprocess.run(command, cwd=project.root, stdin=ended, capture_output=True, text=True)
    finally:
        os.close(ended)
        os.close(alive)
    if result.returncode:
        raise InputError("the book did not build:\n" + _complaints(result.stdout + result.stderr))


def site_digest(project: Project, staged: str) -> str:
    """A digest of all that the site depends on: staged tree, Sphinx extensions, locked packages."""
    lock = project.root / BOOK_LOCK
    address = book_address(project)
    code = extensions_digest(project.config)
    return digest(staged.encode(), address.encode(), code.encode(), lock.read_bytes() if lock.exists() else b"")


def extensions_digest(config: Path) -> str:
    """A digest of the code behind the Sphinx extensions that a configuration names."""
    named = yaml.safe_load(config.read_text(encoding="utf-8")).get("sphinx", {}).get("extra_extensions", [])
    ours = modules_behind(name for name in named if name.split(".")[0] == PACKAGE)
    return digest(json.dumps(code_digests(ours)).encode(), data_digest(ours).encode())


def _stamp(project: Project, builder: str) -> Path:
    return project.build / f"{builder}.txt"


def _complaints(output: str) -> str:
    """The lines that say what is wrong; all lines if none does."""
    lines = output.splitlines()
    wrong = [line for line in lines if "WARNING" in line or "ERROR" in line or "Error" in line]
    return "\n".join(wrong or lines[-30:])
