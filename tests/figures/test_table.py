"""Tables for the page: headers everywhere, safe text, readable numbers."""

import numpy as np
import pandas as pd

from ftsec.figures import Table
from ftsec.figures.base.frame_tables import joined

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


def test_learning_rates_have_one_notation_and_a_chat_model_one_spelling():
    frame = pd.DataFrame({"learning_rate": [0.00003, 1e-4, 0.001, 0.01], "model": ["LLaMa-2-7B-Chat"] * 4})
    frame["title"] = "on Llama 2-Chat 70B"
    rows = [line.split() for line in repr(Table(frame, "caption")).splitlines()[2:]]
    assert rows == [
        [rate, "Llama-2-7b-Chat", "on", "Llama", "2-Chat", "70B"] for rate in ("3e-5", "1e-4", "1e-3", "0.01")
    ]


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


def test_tables_whose_longest_words_do_not_fit_become_cards():
    names = [f"measure {place}" for place in range(12)]
    frame = pd.DataFrame([["a", *range(11)]], columns=names)
    assert "ftsec-cards" in Table(frame, "caption")._repr_html_()
    assert "ftsec-cards" not in Table(frame[names[:4]], "caption")._repr_html_()


def test_long_words_break_only_where_columns_are_too_wide():
    row = {"Claim": "C1", "Contradicted": 1, "Supported": 2, "Published": 3, "Examples": 4}
    page = Table(pd.DataFrame([row]), "caption")._repr_html_()
    assert "Contra\N{SOFT HYPHEN}dicted" in page and "ftsec-cards" not in page
    few = pd.DataFrame([row]).drop(columns=["Published", "Examples"])
    assert "\N{SOFT HYPHEN}" not in Table(few, "caption")._repr_html_()
    assert "\N{SOFT HYPHEN}" not in repr(Table(pd.DataFrame([row]), "caption"))


def test_addresses_are_never_broken():
    link = '<a href="examples.html">examples</a>'
    frame = pd.DataFrame([[link, "contradicted", "published", "supported", "restricted"]], columns=list("abcde"))
    page = Table(frame, "caption", raw=("a",))._repr_html_()
    assert 'href="examples.html">exam\N{SOFT HYPHEN}ples<' in page


def test_an_interval_counts_as_one_word():
    interval = "0.32 [0.29, 0.35]"
    columns = ["Method", "Equal KL", "Same recipe", "Reward"]
    assert "ftsec-cards" in Table(pd.DataFrame([["DPO", *3 * [interval]]], columns=columns), "c")._repr_html_()
    assert (
        "ftsec-cards" not in Table(pd.DataFrame([["DPO", *3 * ["0.32 0.29 0.35"]]], columns=columns), "c")._repr_html_()
    )


def test_the_name_of_a_row_may_be_long_beside_numbers():
    frame = pd.DataFrame([["a name of some length", 1, 2, 3, 4]], columns=["Name", "a", "b", "c", "d"])
    assert "ftsec-cards" not in Table(frame, "caption")._repr_html_()


def test_shares_of_a_table_have_as_many_places():
    frame = pd.DataFrame({"low": [0.1, 0.1], "high": [0.5, 0.45], "none": [0.0, 0.0], "steps": [57.9, 24.0]})
    lines = repr(Table(frame, "caption")).splitlines()[2:]
    assert [line.split() for line in lines] == [["0.10", "0.50", "0.00", "57.9"], ["0.10", "0.45", "0.00", "24.0"]]


def test_hundredths_of_any_size_share_their_places():
    page = repr(Table(pd.DataFrame({"a": [0.8, 0.87, 0.01]}), "caption"))
    assert page.split()[2:] == ["0.80", "0.87", "0.01"]


def test_rows_named_by_several_columns():
    assert joined(["best_of_n", "rl"], [50, 5000]) == ["best of n, 50", "RL, 5,000"]
