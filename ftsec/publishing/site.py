"""Render the staged source with Jupyter Book; warnings are errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from ftsec.base.code import PACKAGE, code_digests, data_digest, modules_behind
from ftsec.base.digests import digest
from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.project import Project

BOOK_LOCK = "requirements-book.txt"
Tell = Callable[[str], None]  # is told each step of something that takes a while
COMMAND = ("build", "--warningiserror", "--nitpick", "--keep-going", "--quiet")


def site_is_current(project: Project, staged: str) -> bool:
    """Whether the site was built from exactly this staged tree with exactly these packages."""
    stamp = _stamp(project)
    if not (project.site / "index.html").exists() or not stamp.exists():
        return False
    return json.loads(stamp.read_text(encoding="utf-8")) == {"input": site_digest(project, staged)}


def build_site(project: Project, staged: str) -> None:
    """Run Jupyter Book over the staged tree into `_build/html`.

    Raises:
        InputError: with Jupyter Book's own words if it reports an error or a warning.
    """
    _stamp(project).unlink(missing_ok=True)
    run_jupyter_book(project)
    write_atomic(_stamp(project), json.dumps({"input": site_digest(project, staged)}) + "\n")


def run_jupyter_book(project: Project, *options: str) -> None:
    """Run Jupyter Book over the staged tree.

    Raises:
        InputError: with Jupyter Book's own words if it reports an error or a warning.
    """
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", *COMMAND, *options]
    command += ["--path-output", str(project.root), str(project.staged)]
    result = subprocess.run(command, cwd=project.root, capture_output=True, text=True)
    if result.returncode:
        raise InputError("the book did not build:\n" + _complaints(result.stdout + result.stderr))


def single_page(project: Project, staged: str, tell: Tell) -> Path:
    """The staged book as one page, rendered unless the one there was made of exactly this.

    Raises:
        InputError: with Jupyter Book's own words if it reports an error or a warning.
    """
    pages, stamp = project.build / "singlehtml", project.build / "singlehtml.txt"
    page = pages / "print.html"  # Sphinx writes addresses of the single page as if it lay at the top
    made_of = site_digest(project, staged)
    if not (page.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == made_of):
        tell("rendering the book as one page")
        stamp.unlink(missing_ok=True)
        run_jupyter_book(project, "--builder", "singlehtml")
        page.write_bytes((pages / "book" / "index.html").read_bytes())
        write_atomic(stamp, made_of)
    return page


def site_digest(project: Project, staged: str) -> str:
    """A digest of all that the site depends on: staged tree, Sphinx extensions, locked packages."""
    lock = project.root / BOOK_LOCK
    address = os.environ.get("FTSEC_BASE_URL", "")
    code = extensions_digest(project.config)
    return digest(staged.encode(), address.encode(), code.encode(), lock.read_bytes() if lock.exists() else b"")


def extensions_digest(config: Path) -> str:
    """A digest of the code behind the Sphinx extensions that a configuration names."""
    named = yaml.safe_load(config.read_text(encoding="utf-8")).get("sphinx", {}).get("extra_extensions", [])
    ours = modules_behind(name for name in named if name.split(".")[0] == PACKAGE)
    return digest(json.dumps(code_digests(ours)).encode(), data_digest(ours).encode())


def _stamp(project: Project) -> Path:
    return project.build / "site.json"


def _complaints(output: str) -> str:
    """The lines that say what is wrong; all lines if none does."""
    lines = output.splitlines()
    told = [line for line in lines if "WARNING" in line or "ERROR" in line or "Error" in line]
    return "\n".join(told or lines[-30:])
