"""The quiz in a browser: it asks first, then tells what holds with a score; without a script it unfolds."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from markdown_it import MarkdownIt

from ftsec.base.project import find_project
from ftsec.publishing.prose import with_numbers
from ftsec.teaching.quizzes import as_markdown, quizzes

pytestmark = pytest.mark.browser
PROJECT = find_project(Path(__file__))
STATIC = PROJECT.root / "book" / "_static"
COLOURS = {  # the theme's, which the style sheets of the book name
    "light": "--pst-color-primary:#0a7d91;--pst-color-background:#fff;--pst-color-text-base:#222",
    "dark": "--pst-color-primary:#3fb1c5;--pst-color-background:#14181e;--pst-color-text-base:#ced6dd",
}
RIGHT = [[option.right for option in question.options].index(True) for question in quizzes()["02"]]


def quiz_page(script: bool, scheme: str = "light") -> str:
    body = MarkdownIt("commonmark", {"html": True}).render(with_numbers(PROJECT, as_markdown(quizzes()["02"]), "02"))
    read = {name: (STATIC / name).read_text(encoding="utf-8") for name in ("ftsec.css", "quiz.css", "quiz.js")}
    style = (
        f":root{{{COLOURS[scheme]}}} body{{background:var(--pst-color-background);color:var(--pst-color-text-base)}}"
    )
    style += read["ftsec.css"] + read["quiz.css"]
    end = f"<script>{read['quiz.js']}</script>" if script else ""
    return (
        f'<!doctype html><html lang="en" data-theme="{scheme}"><head><title>Quiz</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style>'
        f'</head><body><main><h1>Chapter</h1><section id="quiz">{body}</section></main>{end}</body></html>'
    )


@pytest.fixture
def opened(browser):
    pages = []

    def go(script=True, scheme="light", width=1280):
        page = browser.new_page(viewport={"width": width, "height": 844})
        page.set_content(quiz_page(script, scheme))
        pages.append(page)
        return page

    yield go
    for page in pages:
        page.close()


def choose(page, places):
    for number, place in enumerate(places, start=1):
        page.locator(f"input[name=quiz-{number}]").nth(place).check()
    page.get_by_role("button", name="Show the answers").click()
    return page.locator(".ftsec-quiz-bar .ftsec-quiz-told").inner_text()


def test_nothing_is_told_before_every_question_has_an_answer(opened):
    page = opened()
    assert page.locator(".ftsec-quiz-why:visible").count() == 0 and page.locator("details").count() == 0
    page.locator("input[name=quiz-1]").first.check()
    page.get_by_role("button", name="Show the answers").click()
    assert page.locator("fieldset .ftsec-quiz-told").inner_text() == "Question 2 has no answer yet."
    assert page.evaluate("document.activeElement.name") == "quiz-2"
    assert page.locator(".ftsec-quiz-why:visible").count() == 0


def test_the_score_counts_what_holds_and_a_second_try_keeps_the_first(opened):
    page = opened()
    wrong = [(place + 1) % 3 for place in RIGHT]
    assert choose(page, [RIGHT[0], *wrong[1:]]) == f"1 of {len(RIGHT)} right."
    assert page.locator(".ftsec-quiz-why:visible").count() == sum(len(each.options) for each in quizzes()["02"])
    assert page.locator(".is-wrong").count() == len(RIGHT) - 1 and page.locator(".is-right").count() == len(RIGHT)
    page.get_by_role("button", name="Try again").click()
    assert page.locator("input:checked").count() == page.locator(".ftsec-quiz-why:visible").count() == 0
    assert choose(page, RIGHT) == f"{len(RIGHT)} of {len(RIGHT)} right. Earlier tries: 1."


def test_the_keyboard_is_enough(opened):
    page = opened()
    page.keyboard.press("Tab")
    for place in RIGHT:
        page.keyboard.press("Space")
        for _ in range(place):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".ftsec-quiz-bar .ftsec-quiz-told").inner_text() == f"{len(RIGHT)} of {len(RIGHT)} right."
    assert page.evaluate("document.activeElement.textContent") == "Try again"
    assert page.locator(".ftsec-quiz-bar .ftsec-quiz-told").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_asked_and_answered_it_is_accessible_and_as_wide_as_the_page(opened, scheme, width):
    page = opened(scheme=scheme, width=width)
    for step in (lambda: None, lambda: choose(page, [0] * len(RIGHT))):
        step()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert Axe().run(page).response["violations"] == []


def test_without_a_script_every_option_unfolds(opened):
    page = opened(script=False)
    option = page.locator("details.quiz").nth(1)
    option.locator("summary").click()
    assert option.evaluate("option => option.open") and page.locator("form").count() == 0


def test_the_printed_book_with_all_quizzes_on_one_page_is_left_alone(opened):
    page = opened(script=False)
    page.evaluate("document.querySelector('main').append(document.querySelector('section').cloneNode(true))")
    page.add_script_tag(content=(STATIC / "quiz.js").read_text(encoding="utf-8"))
    assert page.locator("form").count() == 0 and page.locator("details.quiz").count() > 0
