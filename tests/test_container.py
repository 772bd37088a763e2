"""The container file cannot be run where the tests run; what it takes for granted of the project is checked instead."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from ftsec.base.project import find_project

ROOT = find_project(Path(__file__)).root
FILE = ROOT / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its words, continued lines joined."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def words(name: str) -> list[str]:
    return [text for instruction, text in instructions() if instruction == name]


def copied() -> list[list[Path]]:
    """For each COPY the files that it names."""
    return [[path for each in _sources(text) for path in _found(each)] for text in words("COPY")]


def _sources(copy: str) -> list[str]:
    return [word for word in shlex.split(copy) if not word.startswith("--")][:-1]


def _found(pattern: str) -> list[Path]:
    return [ROOT] if pattern == "." else list(ROOT.glob(pattern))


def test_what_is_copied_exists():
    assert not [each for text in words("COPY") for each in _sources(text) if not _found(each)]


def test_the_first_copies_hold_what_an_installation_reads():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"Makefile", "pyproject.toml", project["readme"], *project["license-files"], "ftsec/__init__.py"}
    wanted |= {path.name for path in ROOT.glob("requirements*.txt")}
    first = {path.relative_to(ROOT).as_posix() for paths in copied()[:-1] for path in paths}
    assert wanted <= first


def test_what_is_made_can_be_made():
    rules = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(VENV)", ".venv")
    targets = {target.replace("%", r"\w+") for target in re.findall(r"^([\w./%-]+):", rules, re.MULTILINE)}
    asked = [word for text in words("RUN") if text.startswith("make ") for word in text.split()[1:]]
    assert asked and not [name for name in asked if not any(re.fullmatch(target, name) for target in targets)]


def test_it_ends_as_a_user_without_rights_and_installs_nothing_unlocked():
    order = [name for name, _ in instructions()]
    assert words("USER")[-1] not in ("root", "0") and order.index("USER") < order.index("COPY")
    assert not [text for text in words("RUN") if re.search(r"\b(pip|uv|conda|curl|wget)\b", text)]
    assert re.search(r":\d", words("ARG")[0]), "the base has a version"


def test_nothing_made_on_this_machine_is_sent_along():
    ignored, made = ((ROOT / name).read_text(encoding="utf-8").split("\n") for name in (".dockerignore", ".gitignore"))
    known = {line.removeprefix("**/") for line in ignored}
    assert {line.strip("/") for line in made if line and not line.startswith("#")} <= known | {""}


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_the_linter_has_nothing_to_say():
    result = subprocess.run(["hadolint", str(FILE)], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (0, "")
