import base64
import io
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from ftsec.base.errors import InputError
from ftsec.base.project import Project, find_project
from ftsec.evidence import cite
from ftsec.teaching.plans import PLANS, read_plan
from ftsec.teaching.slides import speaker
from ftsec.teaching.slides.deck import choices, make_deck
from ftsec.teaching.slides.pieces import cut_picture, cut_table, verdict_counts
from ftsec.teaching.slides.render import deck_files, deck_of, render, slide_count
from ftsec.teaching.slides.timing import Lesson, lesson_of, lesson_without_plan, minutes, work
from ftsec.teaching.slides.words import as_points, formulas, pages, plain

PROJECT = find_project(Path(__file__))
SOURCES = {"one2020": "One (2020)", "many2021": "Many et al. (2021)"}.__getitem__
TABLE = (
    '<div tabindex="0"><table><caption>Claims.</caption><thead><tr><th scope="col">Claim</th><th scope="col">Text</th>'
    '<th scope="col">Verdict</th></tr></thead><tbody>'
    '<tr><th scope="row"><a href="x">C1</a></th><td>a</td><td>contradicted (fact, high)</td></tr>'
    '<tr><th scope="row">C2</th><td>b</td><td>supported</td></tr></tbody></table></div>'
)


@pytest.mark.parametrize(
    ("book", "slide"),
    [
        ("see {cite}`one2020,many2021`.", "see (One 2020; Many et al. 2021)."),
        ("{cite:t}`many2021` ask", "Many et al. (2021) ask"),
        ("[chapter 03](03_data_sources.ipynb#x) says", "chapter 03 says"),
        ("a {term}`canary <canaries>` here", "a canary here"),
        ("one\n:::{note}\ntwo\n:::", "one\n\ntwo"),
        ("Ask.\n\n:::{dropdown} Solution 1\n42\n:::\nMore.", "Ask.\n\n\nMore."),
        ("Stop:\n\n```\nftsec gate\n```\n\nIt ends with 1. Two people look.", "Stop. Two people look."),
        ("Do it. In the shell:\n\n```\nls\n```\n\nIt lists. Then go on.", "Do it.  Then go on."),
    ],
)
def test_words_lose_what_only_the_book_can_show(book, slide):
    assert plain(book, SOURCES) == slide


def test_formulas_are_mathml_and_keep_the_words_around_them():
    text = "Four findings. With share $h$ safety falls by\n\n$$\nd = 0.8 h\n$$\n\nand never below. One more. Not this."
    shown = plain(formulas(text), SOURCES)
    assert shown.count("<math") == 2 and "$" not in shown
    assert shown.startswith("With share") and shown.endswith("and never below. One more.")


def test_an_unknown_source_is_not_shown_as_a_key():
    with pytest.raises(KeyError):
        plain("{cite}`nobody`", SOURCES)


def test_sentences_and_numbered_paragraphs_become_points():
    assert as_points("One. Two `x` 3.5 and.\n\n`Code` three?") == "- One.\n- Two `x` 3.5 and.\n- `Code` three?"
    assert as_points("One. Two. Three.", (1, 3)) == "- One.\n- Three."
    assert as_points("**1.** Set `a`. Why?\n\n**2.** Then.") == "1. Set `a`. Why?\n2. Then."


def test_a_long_list_goes_on_after_a_point():
    assert pages("1. One.\n2. Two,\n   with more.\n3. Three.", 30) == ["1. One.\n2. Two,\n   with more.", "3. Three."]
    assert pages("- One.", 2) == ["- One."]


def test_a_table_keeps_what_was_chosen_and_says_what_is_missing():
    table = BeautifulSoup(cut_table(TABLE, "Title", rows=1, columns=("Text", "Verdict")), "html.parser")
    assert [cell.get_text() for cell in table.find_all("th")] == ["Text", "Verdict", "a"]
    assert [cell["scope"] for cell in table.find_all("th")] == ["col", "col", "row"]
    assert "In the book: one more row." in table.find("caption").get_text() and not table.find("a")
    assert not table.find(attrs={"tabindex": True})
    assert BeautifulSoup(cut_table(TABLE, "claims"), "html.parser").find("caption") is None
    with pytest.raises(InputError, match="no column 'Colour' in the table; there are Claim, Text, Verdict"):
        cut_table(TABLE, "Title", columns=("Colour",))


def test_verdicts_are_counted():
    assert verdict_counts([TABLE, "<p>no table</p>"]) == {"contradicted": 1, "supported": 1}


def png(rows: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(rows).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def inked(encoded: str) -> list[int]:
    """The colours of the blocks in a picture, from the top: 0 red, 1 green, 2 blue."""
    rows = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))[:, 50]
    colours = [int(np.argmin(row)) for row in rows if row.min() == 0]
    return [colour for i, colour in enumerate(colours) if i == 0 or colours[i - 1] != colour]


@given(st.integers(15, 60), st.integers(15, 60), st.integers(8, 30))
def test_a_picture_is_cut_between_its_blocks(first, second, gap):
    picture = np.full((first + gap + second + 20, 100, 3), 255, dtype=np.uint8)
    picture[10 : 10 + first, 20:80, 0] = 0
    picture[10 + first + gap : -10, 20:80, 1] = 0
    middle = (10 + first + gap / 2) / len(picture)
    assert inked(cut_picture(png(picture), bottom=middle)) == [0]
    assert inked(cut_picture(png(picture), top=middle)) == [1]
    assert inked(cut_picture(png(picture), top=middle, keep=("head",))) == [0, 1]


def test_a_picture_is_not_cut_through_a_mark():
    picture = np.zeros((200, 100, 3), dtype=np.uint8)
    picture[:] = np.arange(200, dtype=np.uint8)[:, None, None]
    with pytest.raises(InputError, match=r"no gap near 0\.5"):
        cut_picture(png(picture), bottom=0.5)


@pytest.mark.parametrize("path", PROJECT.chapters(), ids=lambda path: path.stem)
def test_what_was_chosen_is_in_the_chapter(path):
    choice = choices()[path.stem.split("_")[0]]
    cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    assert not [shown.cell for shown in choice.slides if shown.cell not in cells]
    for shown in choice.slides:
        outputs = cells[shown.cell].get("outputs", [])
        says = json.dumps([output.get("data", {}) for output in outputs])
        wanted = "$$" in cells[shown.cell].source if shown.formulas else "<table" in says or '"Figure: ' in says
        assert wanted, shown.cell
        assert shown.formulas or not shown.part or '"Figure: ' in says
        heads = {head.get_text() for head in BeautifulSoup(html_of(outputs), "html.parser").select("thead th")}
        assert set(shown.columns) <= heads, shown.cell
    titles = [shown.title for shown in choice.slides]
    assert len(set(titles)) == len(titles)


def html_of(outputs: list) -> str:
    return "".join(str(output.get("data", {}).get("text/html", "")) for output in outputs)


def chapter() -> nbformat.NotebookNode:
    picture = png(np.zeros((20, 20, 3), dtype=np.uint8))
    drawn = new_output("execute_result", {"image/png": picture}, metadata={"ftsec": {"alt": 'It "rises" & falls.'}})
    rated = new_output("execute_result", {"text/html": TABLE})
    return new_notebook(
        cells=[
            new_markdown_cell("# A title\n\nThe claim {cite}`one2020`.\n\n- a point", id="title"),
            new_markdown_cell("## What the article says\n\nWords before.", id="article"),
            new_code_cell("secret_code()", id="takeaways", outputs=[rated]),
            new_markdown_cell("## Verdict\n\nIt holds. Mostly.", id="verdict"),
            new_code_cell("draw()", id="figure", outputs=[drawn, rated]),
            new_markdown_cell("## What to do\n\nStop.", id="todo"),
            new_markdown_cell("## Try it\n\n1. Try.\n\n:::{dropdown} Solution\n42\n:::", id="try"),
        ]
    )


@pytest.fixture
def chosen(monkeypatch):
    from ftsec.teaching.slides import deck

    slides = (deck.Shown("takeaways", "A table"), deck.Shown("figure", "A figure"))
    monkeypatch.setattr(deck, "choices", lambda: {"99": deck.Choice(slides, (1,))})


def test_a_deck_shows_outputs_and_words_and_no_code(chosen):
    deck = make_deck(chapter(), "99", SOURCES, notes="**The one idea.** This.")
    page = BeautifulSoup(render(deck), "html.parser")
    headings = [each.get_text() for each in page.find_all(["h1", "h2"])]
    assert headings == ["A title", "A table", "A figure", "Does the claim hold?", "What to do", "Try it"]
    assert slide_count(deck) == len(headings) == len(page.select(".slides > section > section"))
    shown = page.get_text()
    assert "secret_code" not in shown and "42" not in shown and "Mostly" not in page.select("section")[-6].get_text()
    assert "2 claims read: 1 supported, 1 contradicted." in shown and "The claim (One 2020)." in shown
    assert page.find("img")["alt"] == 'It "rises" & falls.'
    notes = [each.get_text(strip=True)[:13] for each in page.select("aside.notes")]
    assert notes[:2] == ["1 minute, fro", "2 minutes, fr"]
    assert "The one idea. This." in page.select_one("aside.notes").get_text()
    assert "Words before." in page.select("aside.notes")[1].get_text()
    assert len(notes) == len(headings)
    assert [each["data-timing"] for each in page.select("section > section[data-timing]")][:2] == ["60", "120"]


@pytest.mark.parametrize("plan", [None, *PLANS])
def test_the_minutes_of_every_deck_are_those_of_the_plan_and_every_slide_has_some_or_says_so(plan):
    """Without any chapter being executed: a deck has as many slides as its choice, and what every deck has."""
    schedule = read_plan(PROJECT.root, plan) if plan else None
    for path in PROJECT.chapters():
        number = path.stem.split("_")[0]
        if schedule and path.stem not in schedule.chapters:
            continue
        shown = ["key" if each.key else "shown" for each in choices()[number].slides]
        roles = ["title", "prediction", *shown, "verdict", "to do", "exercises", "not shown"]
        lesson = lesson_of(schedule, path.stem) if schedule else lesson_without_plan(number, roles)
        given = minutes(roles, lesson)
        assert shown.count("key") == 1, number
        assert sum(given) == lesson.minutes and min(given) >= 0
        if schedule:
            assert lesson.minutes == sum(each.minutes for each in schedule.items_of(path.stem))
        assert given[roles.index("exercises")] >= work(lesson.exercises)
        assert given[roles.index("key")] >= 1 and given[roles.index("prediction")] >= 1


def test_minutes_for_exercises_go_where_the_exercises_of_the_plan_stand():
    roles = ["title", "prediction", "key", "verdict", "exercises", "exercises", "not shown"]
    lesson = Lesson(25, ("06-1", "06-2"), "two-hours", ("06-3",))
    none = [()] * 4
    given = minutes(roles, lesson, [*none, ("06-1", "06-2", "06-3"), ("06-4",), ()])
    assert given[4] >= work(lesson.exercises) and given[5] == 0 and sum(given) == 25
    both = minutes(roles, lesson, [*none, ("06-1",), ("06-2", "06-3"), ()])
    assert both[4] < both[5] and sum(both) == 25  # 6 minutes of work, and 8
    assert abs((even := minutes(roles, lesson))[4] - even[5]) <= 0.5


def test_the_speaker_is_told_who_does_an_exercise():
    lesson = Lesson(25, ("06-1", "06-2"), "two-hours", ("06-3",))
    told = speaker.work(("06-1", "06-3", "06-4"), lesson, {}).split("\n")
    assert ["for the quick" in each for each in told] == [False, True, False]
    assert ["not in this plan" in each for each in told] == [False, False, True]
    assert "for the quick" in speaker.work(("06-3",), Lesson(25, ()), {})  # a plan that names no exercise
    assert speaker.clock(3, 2, "two-hours").endswith("from minute 3 to 5 of this lesson (the course of two hours).")
    assert speaker.clock(3, 0, "two-hours").startswith("**No time in the course of two hours.**")


def test_time_that_is_too_short_is_told():
    with pytest.raises(InputError, match="5 minutes are too few for the slides and 8 of work"):
        minutes(["title", "prediction", "key", "verdict", "exercises", "not shown"], Lesson(5, ("00-1",)))


def test_a_slide_without_a_word_for_the_speaker_is_refused(chosen):
    silent = chapter()
    silent.cells[1].source = "## What the article says"
    silent.cells.insert(3, new_code_cell("", id="between"))
    with pytest.raises(InputError, match="chapter 99: a slide has nothing for the speaker, add `say` to it"):
        make_deck(silent, "99", SOURCES)


@pytest.mark.parametrize("path", PROJECT.chapters(), ids=lambda path: path.stem)
def test_every_slide_of_every_deck_has_notes_and_minutes(path):
    if not (PROJECT.executed / path.name).exists():
        pytest.skip("the chapter has not been executed")
    try:
        deck = deck_of(PROJECT, path, cite)
    except InputError as error:
        if "not executed in its present form" in str(error):
            pytest.skip("the chapter changed since it was executed")
        raise
    kinds = [cell.metadata["slideshow"]["slide_type"] for cell in deck.cells]
    assert kinds.count("slide") == kinds.count("notes")
    notes = [cell.source for cell in deck.cells if cell.metadata["slideshow"]["slide_type"] == "notes"]
    assert all(re.match(r"\*\*(\d|No time)", each) and len(each) > 60 for each in notes)


def test_the_page_asks_no_other_host(chosen):
    page = render(make_deck(chapter(), "99", SOURCES))
    assert re.findall(r"(?:src|href)=[\"'](?!data:|reveal/)[^\"']*", page) == []
    assert "://" not in re.sub(r'xmlns="[^"]*"', "", page)


def test_a_chosen_cell_that_shows_nothing_is_named(chosen):
    broken = chapter()
    broken.cells[2].outputs = []
    with pytest.raises(InputError, match="the cell 'takeaways', which has neither figure nor table"):
        make_deck(broken, "99", SOURCES)


def test_a_chapter_that_was_not_executed_is_named(tmp_path):
    project = Project(tmp_path)
    with pytest.raises(InputError, match=r"chapter 00 was not executed in its present form; run `ftsec build` first"):
        deck_files(project, [PROJECT.chapter("00")], SOURCES)
