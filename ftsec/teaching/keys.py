"""The keys of the exercises, computed: a chapter runs with its solutions and is asked for the answer."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.running.notebook import run_notebook
from ftsec.teaching.exercises import Exercise, Key, Lab

DIGITS = 6  # significant: what differs in the last digits between processors is not in the key


def compute_keys(project: Project, wanted: Iterable[Exercise]) -> Iterator[tuple[str, Key]]:
    """Id and answer of each checked exercise; those of one chapter with equal parameters share one run.

    Raises:
        InputError: if a chapter fails, for example since an answer names what the chapter no longer has.
    """
    groups: dict[tuple, list[Exercise]] = {}
    for each in wanted:
        if each.checked:
            groups.setdefault((each.chapter, tuple(each.parameters.items())), []).append(each)
    for (chapter, parameters), group in groups.items():
        yield from _run(project, chapter, dict(parameters), {each.id: _asked(each) for each in group}).items()


def compute_outcomes(project: Project, wanted: Mapping[str, Lab]) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """For each lab with predicted numbers what came out of each, as a list.

    Raises:
        InputError: if a chapter fails, for example since an outcome names what the chapter no longer has.
    """
    for chapter, lab in wanted.items():
        if lab.numbers:
            found = _run(project, chapter, {}, {each.name: each.outcome for each in lab.numbers})
            yield chapter, {name: value if isinstance(value, list) else [value] for name, value in found.items()}


def _run(project: Project, chapter: str, parameters: dict, asked: Mapping[str, str]) -> dict[str, Key]:
    """The values of expressions in a chapter after its solutions, by name."""
    notebook = nbformat.read(project.chapter(chapter), as_version=4)
    answers = ",\n".join(f'"{name}": {expression}' for name, expression in asked.items())
    notebook.cells.append(new_code_cell(f"import json\nprint(json.dumps({{{answers}}}))", id="keys"))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "asked.ipynb", Path(folder) / "done.ipynb"
        nbformat.write(notebook, source)
        outcome = run_notebook(source, target, parameters, root=project.root)
        if not outcome.ok:
            raise InputError(f"chapter {chapter} with its questions: {outcome.error.message if outcome.error else ''}")
        outputs = nbformat.read(target, as_version=4).cells[-1].outputs
    printed = "".join(each.text for each in outputs if each.get("name") == "stdout")  # a long line comes in parts
    return {name: _rounded(key) for name, key in json.loads(printed).items()}


def _asked(wanted: Exercise) -> str:
    """The expression whose value is the key. A function is stored as what it returns."""
    if wanted.form == "function":
        return f"[[list(case), ({wanted.answer})(*case)] for case in {wanted.cases}]"
    return wanted.cases if wanted.form in ("gate", "plan") else wanted.answer


def _rounded(key: object) -> Key:
    if isinstance(key, dict):
        return {name: _rounded(each) for name, each in key.items()}
    if isinstance(key, list):
        return [_rounded(each) for each in key]
    return float(f"{key:.{DIGITS}g}") if isinstance(key, float) else key
