"""Typed text as it is printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.typeset import amount, typeset, typeset_markdown
from ftsec.evidence import measurements


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("the articles' claims, the article's", "the articles’ claims, the article’s"),
        ("called \"safe\" ('so')", "called “safe” (‘so’)"),
        ("98.0-99.5 % with 10-100 examples", "98.0–99.5 % with 10–100 examples"),
        ("1T-15T tokens, 1.4M", "1T–15T tokens, 1.4M"),
        ("rose 1.8 -> 91.8 %", "rose 1.8 → 91.8 %"),
        ("‡ read in notes", "‡\u00a0read in notes"),
        ("7 x as much (>=0.7)", "7 × as much (≥0.7)"),
    ],
)
def test_quotes_ranges_and_signs(typed, printed):
    assert typeset(typed) == printed


@pytest.mark.parametrize(
    "name",
    ["Llama-2-7b-Chat", "Gemma-1.1-7B-IT", "GPT-4-0613", "2026-11-22", "02-1", "CVE-2025-10155", "10-shot", "x1 5e-5"],
)
def test_names_and_dates_are_no_ranges(name):
    assert typeset(name) == name


@given(st.text(alphabet="ab1 -.x>='\"()"))
def test_a_second_pass_changes_nothing(text):
    once = typeset(text)
    assert typeset(once) == once and "'" not in once and '"' not in once


def test_code_between_backticks_is_left_alone():
    assert typeset_markdown("the article's `name = 'x'` isn't") == "the article’s `name = 'x'` isn’t"


@pytest.mark.parametrize(
    ("value", "unit", "metric", "printed"),
    [
        ("2", "T tokens", "pre-training tokens", "2 trillion"),
        ("1000", "x", "regeneration", "1,000 ×"),
        ("3-6", "%", "share", "3–6 %"),
        ("604", "examples", "unique examples", "604"),
        ("604", "examples", "", "604 examples"),
        ("1.13", "score 1-5", "harmfulness score (1-5)", "1.13"),
        ("7.46", "score 1-10", "MT-Bench", "7.46 on the scale 1–10"),
        ("", "bits", "exposure", "no value"),
    ],
)
def test_an_amount_says_its_unit_once(value, unit, metric, printed):
    assert amount(value, unit, metric) == printed


def test_every_published_value_keeps_its_digits():
    for row in measurements().itertuples():
        digits = "".join(filter(str.isdigit, row.value_text))
        assert "".join(filter(str.isdigit, amount(row.value_text, row.unit, row.metric))).startswith(digits)
