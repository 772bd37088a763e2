"""Figures and numbers in prose pages come from executed chapters."""

import pytest

from ftsec.errors import InputError
from ftsec.execution.notebook import run_notebook
from ftsec.execution.project import Project
from ftsec.execution.prose import stage_prose
from tests.execution.conftest import edit

DRAW = """
from ftsec.figures import Drawing
from ftsec.figures.style import canvas
with canvas() as (figure, axes):
    axes.plot([0, 1])
Drawing(figure, "A straight line that rises from zero to one.", "line")
"""


@pytest.fixture
def executed(book: Project) -> Project:
    edit(book.chapter("02"), "cell-1", 'from ftsec import record\nrecord("share", 0.257, interval=(0.2, 0.31))' + DRAW)
    outcome = run_notebook(book.chapter("02"), book.executed / "02_two.ipynb", root=book.root)
    assert outcome.ok
    return book


def staged(book: Project, text: str) -> dict[str, bytes]:
    page = book.root / "book" / "page.md"
    page.write_text(text, encoding="utf-8")
    return stage_prose(book, page)


def test_numbers_and_a_figure_with_its_alternative_text(executed: Project):
    text = "It is {record}`02:share:percent` ({record}`02:share:interval`).\n\n% figure: 02_two#cell-1 A *line*.\n"
    files = staged(executed, text)
    page = files.pop("book/page.md").decode()
    assert "It is 26 % (0.20–0.31)." in page
    assert ":alt: A straight line that rises from zero to one." in page and "A *line*." in page
    assert [(name, content[:4]) for name, content in files.items()] == [("book/figures/02_two-cell-1.png", b"\x89PNG")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{record}`02:shore`", "records no 'shore', only share"),
        ("{record}`07:share`", "no chapter is called '07'"),
        ("{record}`02:share:half`", "has no 'half'"),
        ("% figure: 02_two#cell-0 caption", "no cell 'cell-0' with a figure"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_page_named(executed: Project, text: str, complaint: str):
    with pytest.raises(InputError, match=r"^book/page.md: ") as error:
        staged(executed, text)
    assert complaint in str(error.value)
