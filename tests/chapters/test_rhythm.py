"""Every chapter is made of the same parts: answer first, questions as headings, figures that say what they show."""

import ast
import inspect
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from ftsec.article.phases import data_scale_range
from ftsec.base.project import find_project
from ftsec.evidence.answers import answers

PATHS = find_project(Path(__file__)).chapters()
WITH_CAPTIONS = [path for path in PATHS if not path.stem.startswith("16")]
OURS = {data_scale_range}  # reads a printed cell, and is not printed itself


def cells(path: Path) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


def plain(cell: NotebookNode) -> str:
    return "".join(output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", []))


@pytest.mark.parametrize("chapter", list(answers()))
def test_a_chapter_shows_its_answer_and_draws_the_figure_that_it_names(chapter: str):
    named = [path for path in PATHS if path.stem.split("_")[0] == chapter]
    assert len(named) == 1
    found = cells(named[0])
    ids = list(found)
    assert ids[ids.index("parameters") + 1 :][:2] in (["given", "answer"], ["answer", ids[ids.index("answer") + 1]])
    assert f'answer_of("{chapter}"' in found["answer"].source
    assert "Figure: " in plain(found[answers()[chapter]["figure"]])


@pytest.mark.parametrize("path", WITH_CAPTIONS, ids=lambda path: path.stem)
def test_every_figure_has_a_caption_that_says_something_and_no_number(path: Path):
    for cell in cells(path).values():
        if cell.cell_type == "code" and "Figure: " in plain(cell):
            caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
            assert len(caption.split()) >= 6 and not re.search(r"\d", caption), (cell.id, caption)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_headings_of_a_chapter_differ(path: Path):
    text = "\n".join(cell.source for cell in cells(path).values() if cell.cell_type == "markdown")
    headings = Counter(re.findall(r"^#{1,3} .+", text, re.MULTILINE))
    assert [heading for heading, n in headings.items() if n > 1] == []


@pytest.mark.parametrize("path", WITH_CAPTIONS, ids=lambda path: path.stem)
def test_imports_are_kept_from_the_site(path: Path):
    assert "remove-cell" in cells(path)["imports"].metadata.tags


def article_functions(path: Path) -> set:
    """The functions of the articles that a chapter imports."""
    code = "\n".join(cell.source for cell in cells(path).values() if cell.id == "imports")
    taken = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)]
    named = [(node.module, alias.name) for node in taken for alias in node.names if "ftsec.article" in node.module]
    found = [getattr(import_module(module), name) for module, name in named]
    return {each for each in found if inspect.isfunction(each)} - OURS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_articles_code_that_a_chapter_runs_can_be_read_in_it(path: Path):
    shown = "\n".join(plain(cell) for cell in cells(path).values() if plain(cell).startswith("To read: "))
    for function in article_functions(path):
        assert f"def {function.__name__}(" in shown
