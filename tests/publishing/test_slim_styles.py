"""Style sheets in fewer letters say the same: rules, values and the variables that something asks for."""

from __future__ import annotations

import re

import pytest
import tinycss2

from ftsec.base.project import find_project
from ftsec.publishing.sphinx.slim_styles import slim


@pytest.mark.parametrize(
    "sheet, expected",
    [
        ("a , b { color : red ; }", "a,b{color : red}"),
        ("/* why */ p > q { margin: 0 1px; }\n\n", "p > q{margin:0 1px}"),
        ("@media (max-width: 3px) { a { top: 0; } }", "@media (max-width:3px){a{top:0}}"),
        ('p::before { content: " ; { };} /* a */  b" }', 'p::before{content:" ; { };} /* a */  b"}'),
        (
            "p { --a: url(\"data:x,rgba(0, 0);}\"); top: var(--a) }",
            "p{--a:url(\"data:x,rgba(0, 0);}\");top:var(--a)}",
        ),
        ("p { --empty: ; top: var(--empty) }", "p{--empty: ;top:var(--empty)}"),
        ("p { width: calc(1px + 2px) }", "p{width:calc(1px + 2px)}"),
    ],
)  # fmt: skip
def test_spaces_and_comments_go_and_values_stay(sheet: str, expected: str):
    assert slim(sheet) == expected


def test_variables_stay_if_a_rule_a_page_or_a_needed_variable_asks_for_them():
    sheet = ':root { --a: 1px; --b: var(--a); --c: "x;y"; --d: var(--c); --e: 2px } p { top: var(--b) }'
    assert slim(sheet) == ":root{--a:1px;--b:var(--a);}p{top:var(--b)}"
    assert slim(sheet, '<p style="left: var(--d)">') == (
        ':root{--a:1px;--b:var(--a);--c:"x;y";--d:var(--c);}p{top:var(--b)}'
    )


def test_the_books_own_sheets_keep_their_rules():
    sheets = sorted((find_project().root / "book" / "_static").glob("*.css"))
    assert len(sheets) > 4
    for path in sheets:
        text = path.read_text(encoding="utf-8")
        asked = " ".join(f"var({name})" for name in re.findall(r"--[\w-]+", text))
        assert rules(slim(text, asked)) == rules(text), path.name


def rules(sheet: str) -> list:
    """Every rule's selector and declarations, spaces aside."""
    found = []
    for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        content = tinycss2.serialize(rule.content or [])
        found.append([_words(tinycss2.serialize(rule.prelude)), _words(content)])
    return found


def _words(text: str) -> str:
    text = tinycss2.serialize(tinycss2.parse_component_value_list(text, skip_comments=True))
    return "".join(text.split()).replace(";}", "}").rstrip(";")
