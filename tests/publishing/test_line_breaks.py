"""Spaces at which a line must not break."""

import re

import pytest

from ftsec.publishing.sphinx.line_breaks import with_tied_spaces, with_whole_options, with_whole_titles

WHOLE = '<span class="ftsec-span">{}</span>'


@pytest.mark.parametrize(
    ("page", "tied"),
    [
        ("<p>a rate of 95 % here</p>", "<p>a rate of 95\u00a0% here</p>"),
        ("<td>Rando and Tramèr (2024) ‡</td>", "<td>Rando and Tramèr (2024)\u00a0‡</td>"),
        ("<p>in <em>5</em> %</p>", "<p>in <em>5</em> %</p>"),
        ("<td>0.02 [−0.01, 0.06]</td>", '<td>0.02 <span class="ftsec-span">[−0.01, 0.06]</span></td>'),
        ("<p>from 1 [2, 3]</p>", "<p>from 1 [2, 3]</p>"),
        ("<p>at 5e-5, see 12-3.</p>", f"<p>at {WHOLE.format('5e-5')}, see {WHOLE.format('12-3')}.</p>"),
        ("<p>2026-11-22, 10-20 and a-1</p>", "<p>2026-11-22, 10-20 and a-1</p>"),
    ],
)
def test_a_number_keeps_its_sign_and_a_cell_its_interval(page: str, tied: str):
    assert with_tied_spaces(page) == tied


@pytest.mark.parametrize(
    "kept", ["<pre>95 % [1, 2]</pre>", '<code>x = "9 %"</code>', '<img alt="5 % of 9"/>', "<!-- 5 % -->"]
)
def test_code_and_attributes_are_left_alone(kept: str):
    assert with_tied_spaces(f"<p>5 %</p>{kept}<p>6 %</p>") == f"<p>5\u00a0%</p>{kept}<p>6\u00a0%</p>"


def test_a_command_is_not_divided_within_an_option():
    block = '<div class="highlight-bash notranslate"><pre>ftsec sweep 02 -g a=1 --dry-run my-own.toml\n</pre>'
    whole = with_whole_options(block)
    assert all(WHOLE.format(word) in whole for word in ("--dry-run", "-g", "my-own.toml")) and "a=1" in whole
    assert re.sub("<[^>]+>", "", whole) == re.sub("<[^>]+>", "", block)
    assert with_whole_options("<pre>--dry-run</pre>") == "<pre>--dry-run</pre>"


def test_a_title_keeps_its_hyphenated_words_whole_and_its_letters():
    title = '<h1>Fine-tuning as a <em>two-step</em> service<a class="headerlink" href="#fine-tuning">#</a></h1>'
    whole = with_whole_titles(title)
    assert WHOLE.format("Fine-tuning") in whole and WHOLE.format("two-step") in whole and '"#fine-tuning"' in whole
    assert re.sub("<[^>]+>", "", whole) == re.sub("<[^>]+>", "", title)
    assert with_whole_titles("<title>Fine-tuning</title><p>two-step</p>") == "<title>Fine-tuning</title><p>two-step</p>"
