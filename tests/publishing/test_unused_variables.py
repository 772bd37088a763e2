"""A sheet keeps its rules and the variables that something asks for, and loses the others."""

from __future__ import annotations

import re

import pytest

from ftsec.base.project import find_project
from ftsec.publishing.sphinx.unused_variables import without_unused_variables

SHEET = ':root { --a: 1px; --b: var(--a); --c: "x;y"; --d: var(--c); --e: 2px } p { top: var(--b) }'


@pytest.mark.parametrize(
    "beside, kept",
    [("", "ab"), ('<p style="left: var(--d)">', "abcd"), ("q { top: var( --e ) }", "abe")],
)
def test_variables_stay_if_a_rule_a_page_or_a_needed_variable_asks_for_them(beside: str, kept: str):
    sheet = without_unused_variables(SHEET, beside)
    assert "".join(re.findall(r"--(\w):", sheet)) == kept
    assert sheet.endswith("p { top: var(--b) }")


@pytest.mark.parametrize("value", ['url("data:x,rgba(0, 0);}")', "url(data:a;b)", "'a } b;'", '"a } b;"'])
def test_a_value_with_signs_inside_goes_whole(value: str):
    assert without_unused_variables(f"p {{ --a: {value}; top: 0 }}").split() == ["p", "{", "top:", "0", "}"]


def test_what_is_asked_for_leaves_the_books_own_sheets_as_they_are():
    sheets = sorted((find_project().root / "book" / "_static").glob("*.css"))
    assert len(sheets) > 4
    for path in sheets:
        text = path.read_text(encoding="utf-8")
        asked = " ".join(f"var({name})" for name in re.findall(r"--[\w-]+", text))
        assert without_unused_variables(text, asked) == text, path.name
