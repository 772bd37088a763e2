"""The contenders of `benchmarks.execution`: which commands they run, where, and in which environment.

The baseline environment `.venv-bench` has no JupyterLab, whose presence makes every start of papermill slower;
`.venv-lab` has it, and takes part to show how much.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from ftsec.execution.project import Project

CHAPTER, PARAMETER = "02", "adversarial_examples"
LOOP = """
import sys
from {module} import execute_notebook
source, target, points = sys.argv[1:]
for n in range(int(points)):
    execute_notebook(source, target, parameters={{"{parameter}": n}}, {options})
"""
PAPERMILL_LOOP = LOOP.format(module="papermill", parameter=PARAMETER, options="progress_bar=False")
PLOOMBER_LOOP = LOOP.format(
    module="ploomber_engine", parameter=PARAMETER, options="progress_bar=False, log_output=False, verbose=False"
)


@dataclass(frozen=True)
class Contender:
    """Commands that do a task.

    Attributes:
        commands: given a scratch folder, the command lines to run in it; what it does itself is not timed.
        units: among how many runs the time is divided.
    """

    name: str
    commands: Callable[[Path], list[list[str]]]
    cwd: Path
    env: dict[str, str]
    units: int = 1


def tasks(project: Project, points: int) -> dict[str, list[Contender]]:
    """The contenders of each task; the first one is what the others are compared with."""
    book = copy_of_the_book(project)
    return {
        "one run of a sweep": sweeps(project, points),
        "the book": builds(book),
        "checking the notebooks": checks(book),
    }


def environment(**changed: str) -> dict[str, str]:
    """Everybody computes with one thread, and keeps compiled modules as Python usually does."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | changed


def sweeps(project: Project, points: int) -> list[Contender]:
    source, root = str(project.chapter(CHAPTER)), project.root
    few = max(2, points // 10)  # each run of a command line costs the same; some suffice to know it
    bench, lab = (root / name / "bin" / "python" for name in (".venv-bench", ".venv-lab"))
    here = environment(PYTHONPATH=str(root))

    def command_line(python: Path) -> Callable[[Path], list[list[str]]]:
        words = [str(python), "-m", "papermill", source]
        return lambda folder: [
            [*words, str(folder / "out.ipynb"), "-p", PARAMETER, str(n), "--no-progress-bar"] for n in range(few)
        ]

    def one_process(code: str) -> Callable[[Path], list[list[str]]]:
        return lambda folder: [[str(bench), "-c", code, source, str(folder / "out.ipynb"), str(points)]]

    def sweep(kernel: str, jobs: int) -> Callable[[Path], list[list[str]]]:
        values = ",".join(map(str, range(points)))
        words = [sys.executable, "-m", "ftsec", "sweep", CHAPTER, "-g", f"{PARAMETER}={values}"]
        return lambda folder: [[*words, "--kernel", kernel, "-j", str(jobs), "-o", str(folder)]]

    ways = [(kernel, jobs) for kernel in ("fresh", "warm") for jobs in (1, 2)]
    own = {f"ftsec sweep, {kernel}, {jobs} at once": sweep(kernel, jobs) for kernel, jobs in ways}
    commands = {
        "papermill command line": command_line(bench),
        "papermill command line beside JupyterLab": command_line(lab),
        "papermill in one process": one_process(PAPERMILL_LOOP),
        "ploomber-engine in one process, no kernel": one_process(PLOOMBER_LOOP),
        **own,
    }
    return [
        Contender(name, make, root, here, few if "command line" in name else points) for name, make in commands.items()
    ]


def builds(book: Path) -> list[Contender]:
    """Whole builds, from nothing, with nothing to do, and after a change of one chapter."""
    chapter = sorted((book / "notebooks").glob("*.ipynb"))[0]

    def jupyter_book(folder: Path) -> list[list[str]]:
        code = "from jupyter_book.cli.main import main; main()"
        config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
        config["execute"] = {"execute_notebooks": "force", "timeout": -1}
        (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        words = ["build", str(book), "--path-output", str(folder), "--config", str(folder / "config.yml"), "--all"]
        return [[sys.executable, "-c", code, *words]]

    def build(kernel: str, prepare: Callable[[], None]) -> Callable[[Path], list[list[str]]]:
        def commands(folder: Path) -> list[list[str]]:
            prepare()
            return [[sys.executable, "-m", "ftsec", "build", "--kernel", kernel]]

        return commands

    def nothing_built() -> None:
        shutil.rmtree(book / "_build", ignore_errors=True)

    def one_changed() -> None:
        (book / "_build" / "executed" / chapter.name).unlink()

    commands = {"jupyter-book build, execute_notebooks: force": jupyter_book}
    for kernel in ("fresh", "warm"):
        commands[f"ftsec build, from nothing, {kernel}"] = build(kernel, nothing_built)
        commands[f"ftsec build, nothing to do, {kernel}"] = build(kernel, lambda: None)
        commands[f"ftsec build, one chapter to execute, {kernel}"] = build(kernel, one_changed)
    return [Contender(name, make, book, environment(PYTHONPATH=str(book))) for name, make in commands.items()]


def checks(book: Path) -> list[Contender]:
    """nbval over the chapters, as the tests run it."""
    found = []
    for kernel, provisioner in (("fresh", "local-provisioner"), ("warm", "ftsec-warm")):
        env = environment(PYTHONPATH=str(book), JUPYTER_DEFAULT_PROVISIONER_NAME=provisioner)
        for workers in (1, 2):
            words = ["--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider", "notebooks"]
            words += ["-n", str(workers), "--dist", "loadscope"] if workers > 1 else []
            command = [sys.executable, "-m", "pytest", *words]
            name = f"nbval, {kernel}, {workers} at once"
            found.append(Contender(name, lambda folder, command=command: [command], book, env))
    return found


def copy_of_the_book(project: Project) -> Path:
    """The committed files, under `_build/bench`."""
    copy = project.build / "bench"
    shutil.rmtree(copy, ignore_errors=True)
    files = subprocess.run(
        ["git", "ls-files", "book", "notebooks", "ftsec", "_config.yml", "_toc.yml", "requirements.txt"],
        cwd=project.root, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    for name in files:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project.root / name, copy / name)
    return copy

