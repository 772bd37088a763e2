"""The teacher's kit: two folders that each hold everything a room needs, and a reproducible archive of each."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ftsec.base.errors import InputError
from ftsec.base.files import write_atomic
from ftsec.base.project import NUMBER, Project
from ftsec.publishing.prose import with_numbers
from ftsec.running.committed_form import serialise
from ftsec.teaching.doctor import KIT_MARK
from ftsec.teaching.editions import expected, instructor_edition, student_edition, with_names
from ftsec.teaching.exercises import KINDS, exercises
from ftsec.teaching.plans import read_plan
from ftsec.teaching.quizzes import as_markdown, quizzes
from ftsec.teaching.sheets import sheet_files
from ftsec.teaching.slides.render import deck_files

EDITIONS: dict[str, Callable[[NotebookNode, str], NotebookNode]] = {
    "student": student_edition,
    "instructor": instructor_edition,
}
ROOT_FILES = ("LICENSE", "pyproject.toml", "requirements.txt", "requirements-lab.txt", "requirements-uv.txt")
ONLY_FOR_TEACHERS = "book/teach"
SHEET_HEAD = "| Exercise | Kind | Minutes | Asked | Answer, or what counts |"
ALWAYS = (2026, 1, 1, 0, 0, 0)  # archives do not tell when they were made, and JupyterLab shows no 1980
CHAPTER_LINK = re.compile(rf"\[([^\]]*)\]\((?:\.\./\.\./notebooks/)?({NUMBER}_\w+)\.ipynb(?:#[\w-]+)?\)")
BOOK_LINK = re.compile(r"\[([^\]]*)\]\((?:\.\./)+[\w./-]*\.md(?:#[\w-]+)?\)")  # out of the folder, so out of the kit
READ_ME = """\
# ftsec, {edition} edition

1. With Python 3.11 to 3.14, in this folder (some minutes):

       python3 -m venv .venv
       .venv/bin/python -m pip install --require-hashes -r requirements-lab.txt
       .venv/bin/python -m pip install --no-deps --no-build-isolation .

   Without network: put the folder `wheelhouse` beside this one, and give both commands with pip the options
   `--no-index --find-links ../wheelhouse`. It is made for one system and Python, by `make wheelhouse` or
   `ftsec workshop wheels`.

   (on Windows `py -3 -m venv .venv`, then `.venv\\Scripts\\python` in place of `.venv/bin/python`)
2. `.venv/bin/ftsec doctor` says whether the computer is ready, and what to do if it is not.
3. `.venv/bin/jupyter lab --config=lab.py` and open `start_here.ipynb`.

Chapters: {chapters}.
"""
LAB_CONFIG = """\
# For `jupyter lab --config=lab.py`: JupyterLab opens the notebooks and asks no other host for anything.
c.ServerApp.root_dir = "notebooks"
c.LabApp.app_settings_dir = "settings"
c.LabApp.extension_manager = "readonly"
"""
LAB_SETTINGS = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}\n'
PICTURE = "image/png"
FIRST = "start_here.ipynb"
HUB = "jupyterhub_config.py"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def build_kit(
    project: Project, plan: str | None, output: Path, cite: Callable[[str], str], *, slides: bool = False
) -> list[Path]:
    """Write `output`/student, `output`/instructor and their zip files; returns the zip files.

    Args:
        plan: the kit holds the chapters of this plan; None for all.
        cite: the names behind a citation, as in `ftsec.evidence.cite`.
        slides: the instructor edition gets their decks, too.

    Raises:
        InputError: if one of them exists already, or slides are wanted of a chapter that was not executed.
    """
    targets = [output / name for name in EDITIONS]
    archives = [target.with_suffix(".zip") for target in targets]
    taken = [path for path in (*targets, *archives) if path.exists()]
    if taken:
        raise InputError(f"{taken[0]} exists already; name another folder or remove it first")
    chapters = kit_chapters(project, plan)
    decks = deck_files(project, chapters, cite, plan) if slides else {}
    for target, archive in zip(targets, archives, strict=True):
        files = dict(sorted(_files(project, target.name, chapters, cite, plan)))
        if target.name == "instructor":
            files |= {f"slides/{name}": content for name, content in decks.items()}
        for name, content in files.items():
            write_atomic(target / name, content)
        write_archive(archive, target.name, files)
    return archives


def write_archive(path: Path, folder: str, files: dict[str, bytes]) -> None:
    """A zip file of the files below `folder`; the same files give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", ALWAYS)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, content)


def kit_chapters(project: Project, plan: str | None) -> list[Path]:
    """The chapters of a plan; all of them without one."""
    if plan is None:
        return project.chapters()
    return [project.chapter(name) for name in read_plan(project.root, plan).chapters]


def _files(
    project: Project, edition: str, chapters: list[Path], cite: Callable[[str], str], plan: str | None
) -> Iterator[tuple[str, bytes]]:
    """Every file of one edition: its name below the edition's folder, and its bytes."""
    yield from _notebooks(project, edition, chapters, cite)
    for name in ROOT_FILES:
        yield name, (project.root / name).read_bytes()
    from ftsec.game.rules_page import rules_page

    yield "game/rules.txt", f"{rules_page()}\n".encode()
    for path in _package_files(project.root / "ftsec"):
        yield path.relative_to(project.root).as_posix(), path.read_bytes()
    if edition == "instructor":
        yield from _pages_for_teachers(project, chapters, plan)
    named = ", ".join(path.stem for path in chapters)
    yield "README.md", READ_ME.format(edition=edition, chapters=named).encode()
    yield KIT_MARK, LAB_CONFIG.encode()
    yield "settings/overrides.json", LAB_SETTINGS.encode()
    listed = [{"file": f"notebooks/{path.stem}"} for path in chapters]
    contents = {"format": "jb-book", "root": "README", "chapters": listed}
    yield "_toc.yml", yaml.safe_dump(contents, sort_keys=False).encode()


def _pages_for_teachers(project: Project, chapters: list[Path], plan: str | None) -> Iterator[tuple[str, bytes]]:
    inside = {path.stem for path in chapters}
    for path in sorted((project.root / ONLY_FOR_TEACHERS).glob("*.md")):
        text = without_dead_links(path.read_text(encoding="utf-8"), inside)
        yield path.relative_to(project.root).as_posix(), text.encode()
    yield "hub/jupyterhub_config.py", Path(__file__).with_name(HUB).read_bytes()
    for name, content in sheet_files(project.root / ONLY_FOR_TEACHERS, plan):
        yield f"sheets/{name}", content
    for path in sorted((project.root / "book" / "_static").glob("game-*.csv")):  # tables that a page shows
        yield path.relative_to(project.root).as_posix(), path.read_bytes()
    yield "EXERCISES.md", exercise_sheet(path.stem.split("_")[0] for path in chapters).encode()


def _notebooks(
    project: Project, edition: str, chapters: list[Path], cite: Callable[[str], str]
) -> Iterator[tuple[str, bytes]]:
    inside = {path.stem for path in chapters}
    for path in chapters:
        notebook = EDITIONS[edition](with_figures(project, path), path.stem.split("_")[0])
        quiz = quizzes().get(path.stem.split("_")[0])
        if quiz:
            text = with_numbers(project, as_markdown(quiz), path.name)
            notebook.cells.insert(_before_the_close(notebook), new_markdown_cell(text, id="quiz"))
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = without_dead_links(with_names(cell.source, cite), inside)
        yield f"notebooks/{path.name}", serialise(notebook).encode()
    yield f"notebooks/{FIRST}", serialise(first_notebook(project, inside)).encode()


def with_figures(project: Project, path: Path) -> NotebookNode:
    """The chapter with the pictures of its executed copy, where there is one and it says the same of a figure."""
    notebook = nbformat.read(path, as_version=4)
    copy = executed_copy(project, path)
    shown = {cell.id: cell.outputs for cell in _code(nbformat.read(copy, as_version=4))} if copy.exists() else {}
    for cell in _code(notebook):
        for output, executed in zip(cell.outputs, shown.get(cell.id, []), strict=False):
            data, pictured = output.get("data", {}), executed.get("data", {})
            if PICTURE in pictured and data.get("text/plain") == pictured.get("text/plain"):
                data[PICTURE] = pictured[PICTURE]
    return notebook


def executed_copy(project: Project, path: Path) -> Path:
    """Where the last build left the chapter with its figures."""
    return project.executed / path.name


def _code(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def first_notebook(project: Project, inside: set[str]) -> NotebookNode:
    """The page for people who have never seen a notebook, as a notebook with a cell to try."""
    page = (project.root / ONLY_FOR_TEACHERS / "first-notebook.md").read_text(encoding="utf-8")
    links = "\n".join(f"- [{name}]({name}.ipynb)" for name in sorted(inside))
    notebook = new_notebook(
        cells=[
            new_markdown_cell(page, id="page"),
            new_code_cell("6 * 7", id="try-me"),
            new_markdown_cell(f"The chapters of this kit:\n\n{links}", id="chapters"),
        ]
    )
    notebook.metadata["kernelspec"] = KERNEL
    return notebook


def exercise_sheet(numbers: Iterable[str]) -> str:
    """The exercises of these chapters in one table for the teacher: kind, minutes and the answer, or what counts."""
    wanted = set(numbers)
    chosen = sorted((each for each in exercises().values() if each.chapter in wanted), key=lambda each: each.id)
    rows = [
        (each.id, KINDS[each.kind], each.minutes, each.ask or "open", expected(each) if each.checked else each.rubric)
        for each in chosen
    ]
    lines = [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(["# Exercises and keys", "", SHEET_HEAD, "| --- | --- | --- | --- | --- |", *lines, ""])


def _before_the_close(notebook: NotebookNode) -> int:
    """Where the quiz belongs: a lab closes with what came out and what it does not show."""
    places = [place for place, cell in enumerate(notebook.cells) if cell.id == "expected"]
    return places[0] if places else len(notebook.cells)


def _package_files(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield path


def without_dead_links(text: str, inside: set[str]) -> str:
    """The text without links to chapters and pages that are not in the kit; their words stay."""

    def kept(match: re.Match) -> str:
        return match.group(0) if match.group(2) in inside else match.group(1)

    return BOOK_LINK.sub(r"\1", CHAPTER_LINK.sub(kept, text))
