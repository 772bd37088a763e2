"""Sheets to hand out: whole, without keys, on one or two sides of paper."""

import io
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.teaching import sheets
from ftsec.teaching.plans import read_plan
from ftsec.teaching.sheets import SHEETS, as_pdf, handout, sheet_files
from tests.conftest import CHROMIUM

TEACH = find_project(Path(__file__)).root / "book" / "teach"


@pytest.fixture
def no_chromium(monkeypatch):
    def missing():
        raise InputError("no Chromium")

    as_pdf.cache_clear()
    monkeypatch.setattr(sheets, "find_chromium", missing)
    yield
    as_pdf.cache_clear()


def test_sheets_hold_every_question_with_lines_and_no_key(no_chromium):
    made = dict(sheet_files(TEACH))
    assert set(made) == {f"{name}.html" for name in SHEETS}
    for name, sheet in SHEETS.items():
        source = (TEACH / f"{name}.md").read_text(encoding="utf-8")
        page = BeautifulSoup(made[f"{name}.html"], "html.parser")
        shown = page.get_text()
        assert "Key (" not in shown and "or the teacher" not in shown and not page.find(["details", "a", "script"])
        asked = re.findall(r"^\d+\. ", source.split("<details>")[0], re.MULTILINE)
        assert len(page.find_all("li")) == len(asked)
        assert len(page.select("li .line")) == sheet.lines * len(asked)
        assert all(word in shown for word in re.findall(r"[^\W\d]+", handout(source).split("\n")[-2]))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_sheet_takes_one_or_two_sides_and_comes_out_alike_twice():
    made = dict(sheet_files(TEACH))
    for name in SHEETS:
        printed = made[f"{name}.pdf"]
        pages = PdfReader(io.BytesIO(printed)).pages
        assert 1 <= len(pages) <= 2
        assert pages[-1].extract_text().strip()
        width, height = (round(float(side) / 72 * 25.4) for side in pages[0].mediabox[2:])
        assert (width, height) == (210, 297)
    as_pdf.cache_clear()
    assert dict(sheet_files(TEACH)) == made


def test_the_key_has_an_answer_for_each_question_and_stands_on_no_page_for_learners():
    test, key = ((TEACH / f"{name}.md").read_text(encoding="utf-8") for name in ("test", "test-key"))
    numbered = re.compile(r"^(\d+)\. ", re.MULTILINE)
    assert numbered.findall(test) == numbered.findall(key) != []
    assert "test-key" not in test and "<details" not in test


@pytest.mark.parametrize(("plan", "last"), [("two-hours", 6), ("one-day", 8), ("two-days", 12), (None, 12)])
def test_the_test_of_a_plan_holds_the_questions_of_that_plan(plan: str | None, last: int, no_chromium):
    made = dict(sheet_files(TEACH, plan))
    page = BeautifulSoup(made["test.html"], "html.parser")
    assert len(page.find_all("li")) == last
    assert ("In a course of two hours" in page.get_text()) == (last == 12)
    assert made["dual-use.html"] == dict(sheet_files(TEACH))["dual-use.html"]


@pytest.mark.parametrize(("plan", "last"), [("two-hours", 6), ("one-day", 8), ("two-days", 12)])
def test_each_question_of_a_plan_is_on_a_chapter_of_the_plan(plan: str, last: int):
    taught = read_plan(TEACH.parents[1], plan).chapters
    key = (TEACH / "test-key.md").read_text(encoding="utf-8")
    answers = re.findall(r"^(\d+)\. .*notebooks/(\w+)\.ipynb", key, re.MULTILINE)
    assert [number for number, chapter in answers if int(number) <= last and chapter not in taught] == []
    assert len(answers) == 12
