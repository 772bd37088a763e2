"""Tables for the page: headers everywhere, safe text, readable numbers."""

import numpy as np
import pandas as pd

from ftsec.figures import Table

FRAME = pd.DataFrame({"model": ["a<b", ""], "n": [12_345, 2024], "share": [0.123456, np.nan], "link": ["<a>x</a>", ""]})


def test_every_cell_is_escaped_but_named_ones():
    page = Table(FRAME, "A & B", raw=("link",))._repr_html_()
    assert "a&lt;b" in page and "<td><a>x</a></td>" in page and "<caption>A &amp; B.</caption>" in page


def test_headers_are_never_empty():
    page = Table(FRAME, "caption")._repr_html_()
    assert '<th scope="row">–</th>' in page and page.count('scope="col"') == 4 and "></th>" not in page


def test_large_whole_numbers_are_grouped_and_years_are_not():
    page = Table(FRAME.assign(model=["a", "b"]), "caption")._repr_html_()
    assert '<td class="n">12,345</td>' in page and '<td class="n">2,024</td>' in page
    assert '<td class="n">2024</td>' in Table(FRAME.rename(columns={"n": "Year"}), "caption")._repr_html_()
    assert '<td class="n">0.123</td>' in page and '<td class="n">–</td>' in page


def test_plain_text_names_the_table():
    assert repr(Table(FRAME, "caption")).startswith("caption.\n")


def test_cells_are_words_and_few_digits():
    frame = pd.DataFrame(
        {
            "adapter": ["lora_8", "sft", "files/my_data.txt"],
            "n_steps": [True, False, None],
            "rate": [0.3, np.inf, -0.0],
            "interval": ["-0.05 [-0.16, 0.06]", "3-6", ""],
        }
    )
    shown = repr(Table(frame, "caption"))
    assert [line.split() for line in shown.splitlines()[1:]] == [
        ["Adapter", "Number", "of", "steps", "Rate", "Interval"],
        ["LoRA,", "rank", "8", "yes", "0.3", "−0.05", "[−0.16,", "0.06]"],
        ["SFT", "no", "∞", "3–6"],
        ["files/my_data.txt", "–", "0.0", "–"],
    ]


def test_fractions_of_one_size_share_their_places():
    page = repr(Table(pd.DataFrame({"a": [0.5, 0.25, 0.0], "b": [1000.0, 0.1, 12_345.6]}), "caption"))
    assert [line.split() for line in page.splitlines()[2:]] == [["0.50", "1,000"], ["0.25", "0.1"], ["0.00", "12,346"]]


def test_columns_of_prose_become_cards_and_numbers_stay_a_table():
    prose, numbers = ["a sentence of some length", "no"], [0.1, 0.2]
    cards = Table(pd.DataFrame({"what": prose, "why": prose, "share": numbers}), "caption")._repr_html_()
    assert 'class="ftsec-table ftsec-cards"' in cards and '<td data-label="Share" class="n">0.1</td>' in cards
    table = Table(pd.DataFrame({"what": prose, "a": numbers, "b": numbers}), "caption")._repr_html_()
    assert "ftsec-cards" not in table and "data-label" not in table


def test_a_sentence_beside_three_columns_makes_cards():
    frame = pd.DataFrame({"claim": ["C1"], "a": ["yes"], "b": ["no"], "why": ["a reason " * 6]})
    assert "ftsec-cards" in Table(frame, "caption")._repr_html_()
    assert "ftsec-cards" not in Table(frame.drop(columns="b"), "caption")._repr_html_()
