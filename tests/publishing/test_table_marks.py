"""Labels in captions, and numbers of prose tables."""

import pytest

from ftsec.publishing.sphinx.table_marks import labelled, with_table_marks

LONG = "Refusal probability at the attacker’s best moment, minus that of full fine-tuning: paired, by base."


@pytest.mark.parametrize(
    ("caption", "label"),
    [
        ("Scores of the function. From 3 on it is high.", "Scores of the function."),
        ("Data, by kind: rows are runs.", "Data, by kind: rows are runs."),
        (LONG, LONG[: LONG.index(":") + 1]),
        ("No full stop", "No full stop"),
    ],
)
def test_the_label_of_a_caption_is_its_first_sentence_or_what_stands_before_a_colon(caption: str, label: str):
    assert labelled(caption) == f"<b>{label}</b>{caption[len(label) :]}"


def _table(*rows: str) -> str:
    return (
        f'<table class="ftsec-matrix table" id="t"><thead>{rows[0]}</thead><tbody>{"".join(rows[1:])}</tbody></table>'
    )


def test_columns_of_numbers_alone_are_marked_but_for_the_first():
    head = '<tr><th class="head">n</th><th class="head">Keeps</th><th class="head">Who</th></tr>'
    page = _table(head, '<tr><td>1</td><td data-label="Keeps"><p>87 ± 3</p></td><td>4 of 9</td></tr>')
    marked = with_table_marks(page)
    assert '<th class="n head">Keeps</th>' in marked and '<td data-label="Keeps" class="n"><p>87 ± 3</p></td>' in marked
    assert "<td>1</td>" in marked and "<td>4 of 9</td>" in marked and marked.count('class="n') == 2


def test_a_table_whose_rows_differ_in_length_stays_as_it_is():
    page = _table("<tr><th>a</th><th>b</th></tr>", '<tr><td colspan="2">1</td></tr>', "<tr><td>1</td><td>2</td></tr>")
    assert with_table_marks(page) == page
