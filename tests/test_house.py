"""The rules of the house, checked on every file that git knows."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from ftsec.base.project import find_project

ROOT = find_project(Path(__file__)).root
# in pieces, so that this file does not name them itself
HOSTS = re.compile(
    "|".join(["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.(org|com)", "deb" + r"\.debian\.org"])
)
MACHINE = re.compile(r"(?<![\w.])/(work|farm)/[A-Za-z.]|/ro" + r"ot/|/tmp/bash_j" + "obs")
LARGEST_FILE = 2_000_000  # bytes; the trained bases are larger and have a limit of their own
BASES = 15_000_000


def tracked() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


FILES = tracked() if (ROOT / ".git").exists() else []
pytestmark = pytest.mark.skipif(not FILES, reason="not a git checkout")


@pytest.mark.parametrize("pattern", [HOSTS, MACHINE], ids=["registry host", "machine path"])
def test_no_file_names_what_belongs_to_one_machine(pattern: re.Pattern):
    assert [str(path.relative_to(ROOT)) for path, text in texts() if pattern.search(text)] == []


def test_no_large_file_is_committed():
    large = [path for path in FILES if path.stat().st_size > LARGEST_FILE and "testbed/data" not in path.as_posix()]
    assert large == []
    assert sum(path.stat().st_size for path in FILES if "testbed/data" in path.as_posix()) < BASES


def test_locks_hold_versions_and_hashes_only():
    locks = sorted(ROOT.glob("requirements*.txt"))
    assert len(locks) >= 6
    for lock in locks:
        assert "://" not in lock.read_text(encoding="utf-8"), lock.name
        assert "--hash=sha256:" in lock.read_text(encoding="utf-8"), lock.name


def test_the_article_room_needs_the_standard_library_alone():
    import sys

    foreign = set()
    for path in (ROOT / "ftsec" / "article").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            foreign |= {name for name in names if name.split(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith("ftsec.article")} == set()


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_chapters_are_thin(path: Path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    lengths = [len([line for line in cell.source.splitlines() if line.strip()]) for cell in cells]
    assert max(lengths) <= 15 and sorted(lengths)[len(lengths) // 2] <= 5
    assert len({cell.id for cell in cells}) == len(cells)
    assert not [cell.id for cell in cells if re.fullmatch(r"[0-9a-f-]{8,}", cell.id)], "cells have readable names"


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_every_chapter_has_parameters_and_every_figure_says_what_it_shows(path: Path):
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in cells) == 1
    shown = [output["data"] for cell in cells for output in cell["outputs"] if "data" in output]
    assert not [data for data in shown if any(kind.startswith("image/") for kind in data)]
    assert not [data for data in shown if "<Figure size" in "".join(data.get("text/plain", []))]


def test_every_chapter_is_in_the_table_of_contents():
    assert sorted(find_project(Path(__file__)).chapters()) == notebooks()


def test_every_folder_of_the_package_is_a_package_that_git_and_the_wheel_know():
    known = {path.relative_to(ROOT).as_posix() for path in FILES}
    folders = {path.parent for path in (ROOT / "ftsec").rglob("*.py")}
    assert [
        str(folder) for folder in folders if (folder / "__init__.py").relative_to(ROOT).as_posix() not in known
    ] == []
