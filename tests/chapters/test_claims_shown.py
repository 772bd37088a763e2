"""Every claim of the first article is shown in one chapter, its own, and there once."""

import ast
from pathlib import Path

import nbformat
import pytest

from ftsec.base.project import find_project
from ftsec.evidence import claims

NOTEBOOKS = find_project(Path(__file__)).root / "notebooks"
CHAPTERS = sorted(set(claims()["chapter"]))
FIRST = sorted(set(claims().query("article == '000'")["chapter"]))


def asked_for(path: Path) -> list[str]:
    """What a notebook passes to ``claims_of``, as full chapter names."""
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    calls = [node for cell in cells for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call)]
    named = [call for call in calls if ast.unparse(call.func).split(".")[-1] == "claims_of"]
    full = {name[:2]: name for name in CHAPTERS}
    return [full[ast.literal_eval(call.args[0])[:2]] for call in named]


def test_the_first_article_has_chapters_of_its_own():
    assert CHAPTERS[:8] == FIRST
    assert set(claims().query("article == '001'")["chapter"]).isdisjoint(FIRST)


@pytest.mark.parametrize("chapter", FIRST)
def test_a_chapter_shows_its_own_claims_once(chapter):
    assert asked_for(NOTEBOOKS / f"{chapter}.ipynb") == [chapter]


def test_no_chapter_shows_the_claims_of_another():
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        assert set(asked_for(path)) <= {path.stem}, path.stem
