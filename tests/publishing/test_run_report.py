"""Reports of runs: pages that can be sent, for several chapters of the book and for a small one."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from ftsec.base.project import Project, find_project
from ftsec.publishing.address import VARIABLE
from ftsec.publishing.run_report import notebook_report
from ftsec.publishing.status import title
from ftsec.running.parameters_cell import read_parameters
from ftsec.running.recorded import read_results
from ftsec.running.store import Run

PROJECT = find_project(Path(__file__))
CHAPTERS = ("02", "05", "08", "13", "14", "16")
ADDRESS = "https://example.org/book/"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DATA = re.compile(r"data:image/png;base64,[\w+/=]+")
MOST = 2_000_000  # bytes


def a_run(chapter: Path, given: dict | None = None, **about: object) -> Run:
    """A run of a chapter that recorded what the committed chapter records."""
    parameters = read_parameters(chapter)
    about = {"status": "ok", "error": None, "results": read_results(chapter)} | about
    return Run(
        chapter=chapter.stem,
        key="0123456789abcdef",
        parameters=parameters.all_values(given or {}),
        seconds=2.5,
        started="2026-01-02T03:04:05.000+00:00",
        digests={"cells": "ab12", "code": "cd34"},
        inputs={},
        versions={"ftsec": "9.8.7", "python": "3.11.0"},
        defaults=parameters.all_values({}),
        **about,
    )


def made(number: str, run: Run | None = None, project: Project = PROJECT) -> str:
    chapter = project.chapter(number)
    return notebook_report(chapter, run or a_run(chapter), project.root)


@pytest.mark.parametrize("number", CHAPTERS)
@pytest.mark.parametrize("address", ["", ADDRESS])
def test_a_report_is_a_finished_page(number: str, address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, address)
    page = made(number)
    text = DATA.sub("", page)
    raw = ("No description has been provided", ":::", "{cite", "book.invalid", "xxcell", "system-message", "<script")
    assert [word for word in raw if word in text] == []
    assert f"<title>{title(PROJECT.chapter(number))}</title>" in text
    assert dead_links(text, address) == []
    assert re.findall(r'\bsrc="(?!data:)[^"]*|url\([^)]*|<link\b[^>]*', page) == [], "it fetches nothing"
    assert len(page.encode()) < MOST


def dead_links(page: str, address: str) -> list[str]:
    """Addresses that lead to no place of the page, no other file of the run and no other host."""
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    links = re.findall(r'<a\b[^>]*href="([^"]*)"', page)
    inside = {f"#{each}" for each in ids} | {"run.json"}
    dead = [link for link in links if not link.startswith(("http://", "https://")) and link not in inside]
    return dead + [link for link in links if address and link.startswith(address) and link.endswith((".md", ".ipynb"))]


def test_citations_lead_to_the_list_of_references():
    page = made("02")
    cited = re.findall(r'href="#(ref-[^"]+)"', page)
    assert cited and set(cited) == set(re.findall(r'<li id="(ref-[^"]+)"', page))
    assert re.search(r'href="#ref-qi[^"]*">Qi et al\. \[20\d\d\]</a>', page)


def test_other_chapters_are_reached_at_the_books_address_and_are_words_without_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, ADDRESS.rstrip("/"))
    assert re.search(rf'href="{ADDRESS}notebooks/14_claims_ledger\.html#C\d+"', made("05"))
    monkeypatch.setenv(VARIABLE, "")
    assert "14_claims_ledger.html" not in made("05")


def test_solutions_and_code_are_folded():
    page = made("02")
    assert re.search(r'<details class="solution"><summary>Solution 1</summary>', page)
    assert page.count('<details class="code">') > 2


def test_the_head_says_what_was_run_what_differs_and_what_came_out():
    chapter = PROJECT.chapter("05")
    results = read_results(chapter)
    changed = next(each for each in results if isinstance(each["value"], float))
    others = [each for each in results if each["name"] != changed["name"]]
    run = a_run(chapter, {"n_harmful": 20}, results=[changed | {"value": changed["value"] + 1000}, *others])
    page = made("05", run).replace("\N{NO-BREAK SPACE}", " ")
    assert '<th scope="row">n_harmful</th><td data-label="Chapter">100</td><td data-label="This run">20</td>' in page
    assert "2 January 2026, 03:04 UTC" in page and "ftsec 9.8.7" in page and "cells ab12, code cd34" in page
    assert "passed</b> in 2.5 s" in page and f"{len(others)} recorded results are the same" in page
    table = page.split("Results that differ")[1].split("</table>")[0]
    assert table.count("<tr>") == 2 and "1,0" in table


def test_a_run_that_failed_says_where():
    chapter = PROJECT.chapter("05")
    error = {"cell": "verdict", "source": "1/0", "message": "ZeroDivisionError: <division>"}
    page = made("05", a_run(chapter, status="failed", error=error, results=[]))
    assert "failed</b>" in page and "It stopped in cell verdict: ZeroDivisionError: &lt;division&gt;" in page
    assert "not recorded" in page


def test_a_figure_has_its_words_its_caption_and_the_phones_picture(tmp_path: Path):
    chapter = PROJECT.chapter("02")
    notebook = nbformat.read(chapter, as_version=4)
    cell = next(cell for cell in notebook.cells if "figure" in cell.metadata.get("mystnb", {}))
    about = {"ftsec": {"name": "toy", "alt": "A <small> picture.", "narrow": PIXEL}}
    cell.outputs = [new_output("display_data", {"image/png": PIXEL, "text/plain": "x"}, metadata=about)]
    executed = tmp_path / chapter.name
    nbformat.write(notebook, executed)
    page = notebook_report(executed, a_run(chapter), PROJECT.root)
    assert 'alt="A &lt;small&gt; picture."' in page and f'srcset="data:image/png;base64,{PIXEL}"' in page
    assert re.search(r'<figure id="fig-02-[^"]+">.*?<figcaption><strong>Figure 2\.1\.</strong> ', page, re.DOTALL)
