"""What the site's search finds: prose, tables and the ledger's claims; no code."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from ftsec.base.errors import InputError
from ftsec.publishing.sphinx.search_terms import READ, WHOLE, apart, claims_in, index_prose, prose_only

ROW = (
    '<tr id="C045" data-verdict="partly"><th scope="row"><a href="#C045">C045</a><span class="where">'
    '<a href="05_x.html">05 attack</a></span></th><td>Harm &amp; share <span class="where">comparison</span></td>'
    "<td>partly</td></tr>"
)


def page_with(*children: nodes.Element) -> nodes.document:
    page = new_document("page")
    page += children
    return page


def indexed(page: nodes.document) -> str:
    """What the builder is given for its index."""
    seen = []
    builder = SimpleNamespace(index_page=lambda name, doctree, title: seen.append(doctree.astext()))
    index_prose(SimpleNamespace(builder=builder))
    builder.index_page("page", page, "Page")
    return seen[0]


def test_a_row_of_the_ledger_is_found_by_its_id_and_its_words():
    assert claims_in(f"<table>{ROW}</table>") == [("C045", "Harm & share")]
    assert claims_in("<table><tr><td>no id</td></tr></table>") == []


def test_cells_stand_apart_and_words_stay_whole():
    words = " ".join(part for part in apart(ROW).replace("<", " <").split() if not part.startswith("<"))
    assert "C045<" not in words and "C04505" not in words
    assert apart("<td>com&shy;pari&shy;sons</td>").strip() == "<td>comparisons </td>"


def test_code_is_not_in_the_index():
    code = nodes.literal_block("", "import pandas", language="ipython3")
    shell = nodes.literal_block("", "ftsec gate plan", language="bash")
    printed = nodes.raw("", "<p>text</p><pre>def printed(): pass</pre>", format="html")
    page = page_with(code, shell, printed, nodes.paragraph("", "prose"))
    found = indexed(page)
    assert "pandas" not in found and "printed" not in found
    assert "prose" in found and "ftsec gate plan" in found and "text" in found
    assert "import pandas" in page.astext(), "the page itself keeps its code"


def test_excerpts_are_cut_from_the_article_alone():
    script = prose_only(f"a\n{READ}\nb\n{WHOLE}")
    assert '"pre"' in script and '".cell_input"' in script and "querySelector('article')" in script


def test_another_script_of_sphinx_is_noticed():
    with pytest.raises(InputError, match="no longer holds"):
        prose_only("Search = {}")
