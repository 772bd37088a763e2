"""The tools run with the core's packages alone; every other command says which extra it lacks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ftsec.base.project import find_project
from ftsec.cli import COMMANDS

ROOT = find_project(Path(__file__)).root
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# imports of what the extras bring, and of nothing that the core brings
OPTIONAL = (
    "bs4", "distributed", "docutils", "grimp", "ipykernel", "IPython", "jupyter_client", "matplotlib", "nbclient",
    "nbconvert", "nbformat", "pandas", "pandera", "papermill", "PIL", "playwright", "psutil", "pybtex", "rich",
    "sphinx", "yaml",
)  # fmt: skip
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Blocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {optional!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
from ftsec.cli import main
main()
"""
# what each command of the core is called with, and the status that it ends with
TOOLS = {
    "gate": (["gate", "measured.json"], 3),
    "gate plan": (["gate", "plan"], 0),
    "dedup": (["dedup", "corpus.jsonl", "-o", "once.jsonl"], 0),
    "filter": (["filter", "corpus.jsonl", "-o", "kept.jsonl", "--rules", "c4", "--reference", "corpus.jsonl"], 0),
    "make": (["canaries", "make", "-n", "2", "--seed", "1", "-o", "canaries.json"], 0),
    "insert": (["canaries", "insert", "corpus.jsonl", "canaries.json", "--seed", "1", "-o", "planted.jsonl"], 0),
    "candidates": (["canaries", "candidates", "canaries.json", "-n", "9", "--seed", "1", "-o", "list.jsonl"], 0),
    "score": (["canaries", "score", "scored.jsonl"], 0),
    "create": (["provenance", "create", "tree", "-o", "manifest.json"], 0),
    "verify": (["provenance", "verify", "tree", "manifest.json"], 0),
    "verify-adapter": (["provenance", "verify-adapter", "tree"], 3),
    "evidence export": (["evidence", "export", "taken"], 0),
    "audit": (["audit", "tree"], 3),
    "audit init": (["audit", "init", "measured.json"], 2),
    "runs": (["runs", "list", "tree"], 2),
    "live": (["live", "--archive", "corpus.jsonl"], 2),
    "lookup": (["lookup", "--method", "lora", "--n-harmful", "200"], 0),
    "lookup --json": (["lookup", "--method", "lora", "--n-harmful", "200", "--json"], 0),
}
# whatever else there is, called so that it gets as far as it can
OTHERS = {
    "build": [], "compare": ["."], "doctor": [], "epub": [], "list": [], "llm": ["predictions"],
    "new": ["chapter", "00_taken"], "params": ["02"],
    "pdf": [], "publish": [], "refresh": [],
    "run": ["02"], "slides": [], "sweep": ["02"], "testbed": ["check"], "workshop": ["build", "-o", "kit"],
}  # fmt: skip


def fill(path: Path) -> Path:
    """A folder with what the tools are called on."""
    texts = [{"text": f"Document {i} tells of the river, and of the people who live beside it."} for i in range(30)]
    (path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in texts))
    (path / "measured.json").write_text("{}")
    (path / "tree").mkdir()
    (path / "tree" / "a.txt").write_text("a")
    rows = [{"canary": "a", "inserted": i == 0, "text": "t", "log_likelihood": -i} for i in range(4)]
    (path / "scored.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def call(command: list[str], folder: Path, arguments: list[str]) -> subprocess.CompletedProcess:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True, env=environment)


def check_all(command: list[str], folder: Path) -> None:
    for name, (arguments, status) in TOOLS.items():
        done = call(command, folder, arguments)
        assert done.returncode == status, (name, done.stdout, done.stderr)
    for name, arguments in OTHERS.items():
        done = call(command, folder, [name, *arguments])
        assert done.returncode == 2 and done.stderr.count("\n") == 1, (name, done.stdout, done.stderr)
        assert re.search(r"which comes with: pip install 'ftsec\[(chapters|book|test)\]'", done.stderr), (
            name,
            done.stderr,
        )


def test_every_command_is_tried():
    assert {arguments[0] for arguments, _ in TOOLS.values()} | {*OTHERS, "game"} == set(COMMANDS)


def test_the_tools_run_and_the_others_say_what_they_lack_where_optional_imports_fail(tmp_path: Path):
    check_all([sys.executable, "-c", WITHOUT.format(optional=OPTIONAL)], fill(tmp_path))


@pytest.mark.slow
def test_the_tools_run_and_the_others_say_what_they_lack_in_an_environment_of_the_core(tmp_path: Path):
    uv, python = Path(sys.executable).with_name("uv"), tmp_path / "venv" / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv"], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", python]
    subprocess.run([*install, "--require-hashes", "-r", ROOT / "requirements-core.txt"], check=True)
    subprocess.run([*install, "--no-deps", "--no-build-isolation", "-e", ROOT], check=True)
    check_all([python, "-m", "ftsec"], fill(tmp_path))


def test_help_loads_no_numpy_and_no_game():
    done = call([sys.executable, "-X", "importtime", "-m", "ftsec"], ROOT, ["--help"])
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0 and "click" in loaded
    assert not {"numpy", "pandas", "ftsec.game"} & loaded
