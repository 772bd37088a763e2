"""Figures and numbers in prose pages come from executed chapters."""

import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.publishing.prose import stage_prose
from ftsec.publishing.tables import with_tables
from ftsec.running.notebook import run_notebook
from tests.small_book import edit

DRAW = """
from ftsec.figures import Drawing
from ftsec.figures.base.style import canvas
with canvas() as (figure, axes):
    axes.plot([0, 1])
Drawing(figure, "A straight line that rises from zero to one.", "line")
"""
RECORDS = """from ftsec import record
record("share", 0.257, interval=(0.2, 0.31))
record("sure", "high (2 groups, 3 models)")
"""


@pytest.fixture
def executed(book: Project) -> Project:
    edit(book.chapter("02"), "cell-1", RECORDS + DRAW)
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


def test_words_can_be_shown_without_what_stands_in_brackets_behind_them(executed: Project):
    page = staged(executed, "It is {record}`02:sure:short`: {record}`02:sure`.")["book/page.md"].decode()
    assert page == "It is high: high (2 groups, 3 models)."


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{record}`02:shore`", "records no 'shore', only share"),
        ("{record}`07:share`", "no chapter is called '07'"),
        ("{record}`02:share:half`", "has no 'half'"),
        ("{record}`02:share:short`", "has no 'short'"),
        ("% figure: 02_two#cell-0 caption", "figure 'cell-0' of chapter 02_two was not drawn yet: run `make book`"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_page_named(executed: Project, text: str, complaint: str):
    with pytest.raises(InputError, match=r"^book/page.md: ") as error:
        staged(executed, text)
    assert complaint in str(error.value)


CSV = "Task,With,Seconds,Cores\none,02_my_page,1353.0,2\none,my tool_x <b>,0.5,2\nthe other,c,2.0,4\n"


def test_rows_of_a_file_become_a_table_for_each_task(book: Project):
    (book.root / "book" / "times.csv").write_text(CSV, encoding="utf-8")
    page = staged(book, "Before.\n\n% tables: times.csv by Task\n\nAfter.\n")["book/page.md"].decode()
    assert page.startswith("Before.\n\n<div") and page.endswith("</div>\n\nAfter.\n")
    assert "<caption>One: cores 2.</caption>" in page and "<caption>The other.</caption>" in page
    assert '<th scope="row">my tool_<wbr>x &lt;b&gt;</th><td class="n">0.5</td>' in page
    assert '<th scope="row">02 my page</th><td class="n">1,353</td>' in page
    assert "Cores" in page.partition("The other")[2] and "Cores" not in page.partition("The other")[0]


def test_a_column_that_is_too_long_for_cells_stands_below_its_table(book: Project):
    (book.root / "book" / "times.csv").write_text("Task,With,Why\none,a,much <b>\none,c,more\n", encoding="utf-8")
    page = staged(book, "% tables: times.csv by Task below Why\n")["book/page.md"].decode()
    table, _, under = page.partition("</table>")
    assert "much" not in table and "<strong>a</strong>: much &lt;b&gt;. <strong>c</strong>: more." in under


def test_a_page_in_a_table_has_its_present_title(book: Project):
    (book.root / "book" / "times.csv").write_text("Page,kB\nbook/page,2\nnotebooks/02_two,3\nbook/gone,4\n")
    (book.root / "book" / "page.md").write_text("# The newest title\n\n% tables: times.csv\n", encoding="utf-8")
    page = with_tables("% tables: times.csv", book.root / "book" / "page.md")
    assert '<th scope="row">The newest title</th>' in page and '<th scope="row">book/gone</th>' in page


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("none.csv", "no file none"),
        ("times.csv by Size", "'Size', only"),
        ("times.csv by Task below Size", "'Size', only"),
    ],
)
def test_a_table_that_does_not_exist_is_named(book: Project, line: str, complaint: str):
    (book.root / "book" / "times.csv").write_text(CSV, encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        staged(book, f"% tables: {line}\n")
