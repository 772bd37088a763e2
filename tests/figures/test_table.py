"""Tables for the page: headers everywhere, safe text, readable numbers."""

import numpy as np
import pandas as pd

from ftsec.figures import Table

FRAME = pd.DataFrame({"model": ["a<b", ""], "n": [12_345, 2024], "share": [0.123456, np.nan], "link": ["<a>x</a>", ""]})


def test_every_cell_is_escaped_but_named_ones():
    page = Table(FRAME, "A & B", raw=("link",))._repr_html_()
    assert "a&lt;b" in page and "<td><a>x</a></td>" in page and "<caption>A &amp; B</caption>" in page


def test_headers_are_never_empty():
    page = Table(FRAME, "caption")._repr_html_()
    assert '<th scope="row">–</th>' in page and page.count('scope="col"') == 4 and "></th>" not in page


def test_large_whole_numbers_are_grouped_and_years_are_not():
    page = Table(FRAME, "caption")._repr_html_()
    assert "<td>12,345</td>" in page and "<td>2024</td>" in page
    assert "<td>0.1235</td>" in page and "<td>–</td>" in page


def test_plain_text_names_the_table():
    assert repr(Table(FRAME, "caption")).startswith("caption\n")
