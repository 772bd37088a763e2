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

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_notebook

from ftsec.base.project import Project

LOOP = """
import sys
from {module} import execute_notebook
source, target, name, points = sys.argv[1:]
for n in range(int(points)):
    execute_notebook(source, target, parameters={{name: n}}, {options})
"""
PAPERMILL_LOOP = LOOP.format(module="papermill", options="progress_bar=False")
PLOOMBER_LOOP = LOOP.format(module="ploomber_engine", options="progress_bar=False, log_output=False, verbose=False")
SMALL = (
    "n: int = 2  # examples [0, 1000]",
    "import numpy as np\nimport pandas as pd\nfrom matplotlib.figure import Figure\nfrom ftsec import record",
    "draws = pd.Series(np.random.default_rng(n).normal(size=1000))\nrecord('mean', draws.mean())",
    "figure = Figure(figsize=(4, 3))\nfigure.subplots().hist(draws)\nfigure",
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
        "one run of a small notebook": sweeps(project, small_book(project), "01", "n", points),
        "one run of chapter 02": sweeps(project, project, "02", "adversarial_examples", max(3, points // 5)),
        "the book": builds(book),
        "checking the notebooks": checks(book),
    }


def environment(**changed: str) -> dict[str, str]:
    """Everybody computes with one thread, and keeps compiled modules as Python usually does."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"} | changed


def sweeps(project: Project, book: Project, chapter: str, parameter: str, points: int) -> list[Contender]:
    """Ways to run a chapter of `book` with many values of one parameter."""
    source, root = str(book.chapter(chapter)), project.root
    few = max(2, points // 10)  # each run of a command line costs the same; some suffice to know it
    bench, lab = (root / name / "bin" / "python" for name in (".venv-bench", ".venv-lab"))
    here = environment(PYTHONPATH=str(root), FTSEC_ROOT=str(book.root))

    def command_line(python: Path) -> Callable[[Path], list[list[str]]]:
        words = [str(python), "-m", "papermill", source]
        return lambda folder: [
            [*words, str(folder / "out.ipynb"), "-p", parameter, str(n), "--no-progress-bar"] for n in range(few)
        ]

    def one_process(code: str) -> Callable[[Path], list[list[str]]]:
        return lambda folder: [[str(bench), "-c", code, source, str(folder / "out.ipynb"), parameter, str(points)]]

    def sweep(kernel: str, jobs: int) -> Callable[[Path], list[list[str]]]:
        values = ",".join(map(str, range(points)))
        words = [sys.executable, "-m", "ftsec", "sweep", chapter, "-g", f"{parameter}={values}"]
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
    units = {name: few if "command line" in name else points for name in commands}
    return [Contender(name, make, book.root, here, units[name]) for name, make in commands.items()]


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


def small_book(project: Project) -> Project:
    """A book of one small notebook: libraries, a number, a figure."""
    book = Project(project.build / "bench-small")
    cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(SMALL)]
    cells[0].metadata["tags"] = ["parameters"]
    kernelspec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    (book.root / "notebooks").mkdir(parents=True, exist_ok=True)
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    nbformat.write(notebook, book.root / "notebooks" / "01_small.ipynb")
    book.toc.write_text("format: jb-book\nroot: notebooks/01_small\n", encoding="utf-8")
    return book


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
