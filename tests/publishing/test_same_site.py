"""One tree, one site: after any change an incremental build equals a build from nothing in another checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ftsec.base.project import find_project
from tests.small_book import edit, write_chapter

PROJECT = find_project(Path(__file__)).root
TIME = "1700000000"
INDEX = """# A small book

It cites {cite}`qi2024finetuning`, and records {record}`02:double` things.

| Claim | What was found | What it rests on | What to do |
| --- | --- | --- | --- |
| A claim in a dozen words or so | A finding in a dozen words | Several measurements of others | Look at it again |
"""
INNER = """from importlib import resources


def numbers():
    lines = resources.files("ftsec.evidence").joinpath("data/small.csv").read_text().split()
    return [int(line) * 2 for line in lines[1:]]
"""
DRAWN = """from ftsec.evidence.outer import numbers
from matplotlib.figure import Figure
from ftsec.figures.base.drawing import Drawing
figure = Figure()
figure.subplots().plot(numbers()[:n])
Drawing(figure, f"A line through {numbers()[:n]}.", "line")"""
TOC = "format: jb-book\nroot: book/index\nchapters:\n"
PAGES = ["book/more", "book/bibliography", "notebooks/01_one", "notebooks/02_two"]


def write_toc(root: Path, pages: list[str]) -> None:
    (root / "_toc.yml").write_text(TOC + "".join(f"  - file: {page}\n" for page in pages), encoding="utf-8")


def change(root: Path, name: str, old: str, new: str) -> None:
    """Replace the first `old` in a file, which must be there."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def remove_page(root: Path) -> None:
    (root / "book" / "more.md").unlink()
    write_toc(root, PAGES[1:])


def rename_page(root: Path) -> None:
    (root / "book" / "more.md").rename(root / "book" / "renamed.md")
    write_toc(root, ["book/renamed", *PAGES[1:]])


# kind of change -> how many chapters it makes stale, what is done to the checkout
CHANGES: dict[str, tuple[int, Callable[[Path], object]]] = {
    "prose": (0, lambda root: change(root, "book/more.md", "More", "Much more")),
    "cell": (1, lambda root: edit(root / "notebooks/02_two.ipynb", "cell-2", "print(seed + 40)")),
    "function behind a chapter": (1, lambda root: change(root, "ftsec/evidence/inner.py", "* 2", "* 3")),
    "function behind a page": (2, lambda root: change(root, "ftsec/base/words.py", "return mixed or", "return 0 and")),
    "CSV row": (1, lambda root: change(root, "ftsec/evidence/data/small.csv", "4", "5")),
    "bib entry": (1, lambda root: change(root, "ftsec/evidence/data/references.bib", "Fine-tuning", "Tuning")),
    "label": (1, lambda root: change(root, "notebooks/02_two.ipynb", "2 * seed)", "2 * seed, label='twice it')")),
    "style sheet": (0, lambda root: change(root, "book/_static/ftsec.css", "#0072b2", "#0072b3")),
    "configuration": (0, lambda root: change(root, "_config.yml", "title: The", "title: Another")),
    "page removed": (0, remove_page),
    "page renamed": (0, rename_page),
}  # fmt: skip
EACH_TIME = ("function behind a page", "CSV row", "page renamed")


def build(root: Path) -> int:
    """Build a checkout with its own copy of the package; returns how many chapters were executed."""
    environment = os.environ | {"SOURCE_DATE_EPOCH": TIME, "FTSEC_ROOT": str(root)}
    environment.pop("JUPYTER_DEFAULT_PROVISIONER_NAME", None)
    done = subprocess.run(
        [sys.executable, "-m", "ftsec", "build"], cwd=root, env=environment, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.search(r"chapters: (\d+) to execute", done.stdout)[1])


def site(root: Path) -> dict[str, bytes]:
    """Every file of the built site; nothing is left out."""
    folder = root / "_build" / "html"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of a small book with the real configuration, style sheets and package, built once."""
    root = tmp_path_factory.mktemp("one") / "checkout"
    shutil.copytree(PROJECT / "ftsec", root / "ftsec", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / "book" / "_static", root / "book" / "_static")
    shutil.copyfile(PROJECT / "_config.yml", root / "_config.yml")
    shutil.copyfile(PROJECT / "book" / "bibliography.md", root / "book" / "bibliography.md")
    (root / "book" / "index.md").write_text(INDEX, encoding="utf-8")
    (root / "book" / "more.md").write_text("# More\n\nA page of a few words more.\n", encoding="utf-8")
    (root / "ftsec" / "evidence" / "outer.py").write_text(
        "from ftsec.evidence.inner import numbers\n", encoding="utf-8"
    )
    (root / "ftsec" / "evidence" / "inner.py").write_text(INNER, encoding="utf-8")
    (root / "ftsec" / "evidence" / "data" / "small.csv").write_text("value\n1\n4\n9\n", encoding="utf-8")
    write_chapter(root / "notebooks" / "01_one.ipynb", "n: int = 3  # a number [0, 9]", DRAWN)
    record = 'from ftsec import record\n\nrecord("double", 2 * seed)'
    write_chapter(root / "notebooks" / "02_two.ipynb", "seed: int = 1  # seed [0, 99]", record, "print(seed)")
    write_toc(root, PAGES)
    assert build(root) == 2
    return root


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in EACH_TIME else pytest.mark.slow) for kind in CHANGES]
)
def test_an_incremental_build_equals_a_build_from_nothing_elsewhere(built: Path, tmp_path: Path, kind: str):
    stale, make = CHANGES[kind]
    changed, fresh = tmp_path / "changed", tmp_path / "a" / "fresh"
    shutil.copytree(built, changed)  # times of files are kept
    make(changed)
    assert build(changed) == stale
    shutil.copytree(changed, fresh, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    assert build(fresh) == 2
    assert differences(site(changed), site(fresh)) == []
    assert differences(site(changed), site(built)) != [], "the change is not seen in the site"


def test_nothing_in_the_site_names_the_checkout_and_nothing_is_done_twice(built: Path):
    assert [name for name, content in site(built).items() if os.fsencode(built) in content] == []
    before = {path: path.stat().st_mtime_ns for path in (built / "_build" / "html").rglob("*")}
    assert build(built) == 0
    assert {path: path.stat().st_mtime_ns for path in (built / "_build" / "html").rglob("*")} == before
