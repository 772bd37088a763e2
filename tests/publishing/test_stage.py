"""What Jupyter Book gets to see: described figures, traces, a status table, a print that is up to date."""

import csv
import json

import nbformat
import pytest

from ftsec.base.project import Project
from ftsec.base.record import MIME_TYPE, as_result
from ftsec.publishing.downloads import KINDS, made_file, remember_made
from ftsec.publishing.sphinx.page_html import corrected, with_numbers
from ftsec.publishing.stage import stage
from ftsec.publishing.status import status_table
from ftsec.running.chapters import state_file

ALT = "A straight line that rises from zero to one."
STATE = {
    "digests": {"cells": "c0", "code": "c1", "data": "d0", "lock": "l0", "parameters": "p0"},
    "outcome": {"status": "ok", "seconds": 2.34, "error": None},
    "executed_at": "2026-01-02T03:04:05+00:00",
}


@pytest.fixture
def executed(book: Project) -> Project:
    """The second chapter has an executed copy with a figure, written by hand to be independent of kernels."""
    notebook = nbformat.read(book.chapter("02"), as_version=4)
    private = {
        "alt": ALT,
        "name": "line",
        "csv": "x,y\n0,0\n1,1\n",
        "code": {"file": "ftsec/figures/line.py", "line": 2},
    }
    data = {"image/png": "iVBORw0KGgo=", "text/plain": f"Figure: {ALT}", MIME_TYPE: as_result("x", 1, None, None)}
    notebook.cells[2].outputs = [nbformat.v4.new_output("display_data", data=data, metadata={"ftsec": private})]
    book.executed.mkdir(parents=True)
    nbformat.write(notebook, book.executed / "02_two.ipynb")
    state_file(book, book.chapter("02")).write_text(json.dumps(STATE), encoding="utf-8")
    file = book.root / "ftsec" / "figures" / "line.py"
    file.parent.mkdir(parents=True)
    file.write_text("import math\ndef line():\n    return math.pi\n", encoding="utf-8")
    return book


def staged_cells(book: Project) -> list:
    stage(book)
    return nbformat.read(book.staged / "notebooks" / "02_two.ipynb", as_version=4).cells


def test_a_figure_is_described_and_leads_to_its_data_and_code(executed: Project):
    cells = {cell.id: cell for cell in staged_cells(executed)}
    assert cells["cell-1"].metadata.mystnb.image.alt == ALT
    assert set(cells["cell-1"].outputs[0].data) == {"image/png", "text/plain"}
    links = cells["cell-1-links"].source
    assert "_static/chapters/02_two-line.csv" in links and "_static/code/ftsec/figures/line.py.html#line-2" in links
    with (executed.staged / "book/_static/chapters/02_two-line.csv").open(encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["x", "y"], ["0", "0"], ["1", "1"]]
    listing = (executed.staged / "book/_static/code/ftsec/figures/line.py.html").read_text(encoding="utf-8")
    assert listing.count('id="line-2"') == 1 and 'href="../../../../book/index.html"' in listing


def test_the_foot_of_a_chapter_tells_what_it_ran_with(executed: Project):
    foot = staged_cells(executed)[-1].source
    for part in (
        "seed: int = 1",
        "2 January 2026, 03:04 UTC, in 2.3 s",
        "code c1",
        "ftsec build --force <",
        ">--only 02<",
    ):
        assert part in foot
    assert (executed.staged / "book/_static/chapters/02_two.ipynb").exists()


def test_a_chapter_that_never_ran_has_no_foot(executed: Project):
    stage(executed)
    cells = nbformat.read(executed.staged / "notebooks" / "01_one.ipynb", as_version=4).cells
    assert [cell.id for cell in cells] == ["title", "cell-0", "cell-1"]


def test_staging_twice_changes_nothing_and_drops_what_is_gone(executed: Project):
    first = stage(executed)
    stamps = {path: path.stat().st_mtime_ns for path in executed.staged.rglob("*") if path.is_file()}
    assert stage(executed) == first
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    extra = executed.root / "book" / "extra.md"
    extra.write_text("# Extra\n", encoding="utf-8")
    assert stage(executed) != first and (executed.staged / "book" / "extra.md").exists()
    extra.unlink()
    assert stage(executed) == first and not (executed.staged / "book" / "extra.md").exists()


def test_the_status_table_counts_and_names_what_never_ran(executed: Project):
    table = status_table(executed, {"02_two": {"supported": 3}})
    assert '<td>passed</td><td class="n">2.3</td><td>03:04</td>' in table
    assert "<caption>How the chapters ran on 2026-01-02</caption>" in table  # the day is said once
    assert '<td class="n">3</td>' in table.partition("claims by verdict")[2]
    assert "<td>not executed</td>" in table


@pytest.mark.parametrize("kind", KINDS)
def test_a_download_is_offered_only_while_it_is_up_to_date(executed: Project, kind: str):
    index = executed.root / "book" / "index.md"
    marks = "% pdf As PDF\n% epub As ePub\n"
    index.write_text(f"# Book\n\n{marks}", encoding="utf-8")
    before = stage(executed)
    made_file(executed, kind).write_bytes(b"x" * 3_400_000)
    remember_made(executed, kind, before.content)
    after = stage(executed)
    assert after.content == before.content and after.whole != before.whole
    words = {"pdf": "As PDF", "epub": "As ePub"}[kind]
    link = f'<a href="../_static/ftsec.{kind}" download>{words}</a> (3 MB)\n'
    assert (executed.staged / "book/index.md").read_text(encoding="utf-8") == f"# Book\n\n{link}"
    index.write_text(f"# Book\n\nNews.\n\n{marks}", encoding="utf-8")
    stage(executed)
    assert b"download" not in (executed.staged / "book/index.md").read_bytes()
    assert not (executed.staged / f"book/_static/ftsec.{kind}").exists()


PAGE = """<script src="../_static/vendor/fontawesome/6.5.2/js/all.min.js?digest=1"></script>
<div class="bd-sidebar-primary bd-sidebar"><div role="doc-biblioentry">Entry</div></div>"""


def test_pages_are_light_and_accessible():
    page = corrected(PAGE)
    assert "all.min.js" not in page and 'role="complementary"' in page and 'role="listitem"' in page


def test_a_chapter_carries_its_number_and_is_listed_by_it():
    item = '<li class="toctree-l1{}"><a class="{}reference internal" href="{}">Two</a></li>'
    page = item.format("", "", "../notebooks/02_two.html") + item.format(" current active", "current ", "#")
    page += '<h1>On paper</h1>\n<h1>One<a class="headerlink" href="#one">#</a></h1>'
    numbered = with_numbers(page, "01_one")
    assert numbered.count('<p class="ftsec-number">Chapter 01</p>\n<h1>One') == 1
    assert [number in numbered for number in ('number">02</span> Two', 'number">01</span> Two')] == [True, True]
    assert "Chapter" not in with_numbers(page, "what-we-found")


def test_columns_are_named_in_words():
    heads = corrected('<th scope="col">steps_up_to</th><th scope="row">n_harmful</th><td>GPT-3.5 1.8 -&gt; 91.8 %</td>')
    assert heads == '<th scope="col">steps up to</th><th scope="row">n_harmful</th><td>GPT-3.5 1.8 → 91.8 %</td>'


def test_code_keeps_the_tokens_that_have_a_colour_of_their_own():
    code = '<pre><span></span><span class="n">a</span><span class="w"> </span><span class="o">=</span></pre>'
    assert corrected(code) == '<pre>a <span class="o">=</span></pre>'


def test_a_chapter_ends_with_what_it_is_given(executed: Project):
    stage(executed, ends={"01": "## Quiz\n\nA question."})
    first, second = (executed.staged / "notebooks" / f"{name}.ipynb" for name in ("01_one", "02_two"))
    assert nbformat.read(first, as_version=4).cells[-1].source == "## Quiz\n\nA question."
    assert "Quiz" not in second.read_text(encoding="utf-8")


def test_a_file_that_the_builder_brings_is_offered_where_a_page_marks_it(executed: Project):
    index = executed.root / "book" / "index.md"
    index.write_text(
        "# Book\n\n% file data/rows.csv The rows, CSV\n\n% file data/absent.csv Not brought\n", encoding="utf-8"
    )
    stage(executed, offered={"data/rows.csv": b"a,b\n" * 500})
    page = (executed.staged / "book/index.md").read_text(encoding="utf-8")
    assert '<a href="../_static/data/rows.csv" download>The rows, CSV</a> (2 kB)' in page
    assert "% file data/absent.csv Not brought" in page  # a comment of the page's language, shown nowhere
    assert (executed.staged / "book/_static/data/rows.csv").read_bytes() == b"a,b\n" * 500
