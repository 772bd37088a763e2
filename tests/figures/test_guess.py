"""Draw your guess: the page knows the stored numbers, judges a guess as the program does, and works by keyboard."""

import random
import re
from xml.dom.minidom import parseString

import numpy as np
import pytest

from ftsec.figures.living.guess import BOTTOM, TOP, DrawYourGuess
from ftsec.publishing.report.cells import _still
from ftsec.testbed import frames, statistics
from tests.figures.playing import functions, page_with

SCRIPTS = ["play-guess.js"]


def difference(measured, guess):
    """How far a guess lies from what was measured: mean distance, the farthest dose, how many inside the intervals."""
    guessed = np.asarray(guess, dtype=float)
    far = np.abs(guessed - measured["value"].to_numpy())
    inside = (guessed >= measured["low"].to_numpy()) & (guessed <= measured["high"].to_numpy())
    return {"mean": float(far.mean()), "farthest": int(far.argmax()), "inside": int(inside.sum())}


@pytest.fixture(scope="module")
def drawing() -> DrawYourGuess:
    runs = frames.stored("dose_response").query("kind == 'attack' and learning_rate == 1e-4")
    points = statistics.points(runs[runs.step == runs.step.max()], ["n_examples"])
    return DrawYourGuess(points, runs[runs.step == 0].refusal_probability.mean(), "How likely?", "Refusals.")


def test_the_page_holds_the_means_of_the_stored_frame(drawing):
    runs = frames.stored("dose_response")
    runs = runs[(runs.kind == "attack") & (runs.learning_rate == 1e-4)]
    settings = drawing.settings()
    for place, dose in enumerate(settings["doses"]):
        stored = runs[(runs.step == 64) & (runs.n_examples == dose)].refusal_probability.mean()
        assert settings["value"][place] == pytest.approx(stored, abs=1e-4)
        assert settings["low"][place] < stored < settings["high"][place]
    assert settings["doses"] == sorted(set(runs.n_examples))
    assert settings["before"] == pytest.approx(runs[runs.step == 0].refusal_probability.mean(), abs=1e-4)


def test_the_plain_figure_stands_in_a_report_without_script_and_draws_the_same_numbers(drawing):
    plain = _still(drawing._repr_html_())
    parseString(plain)  # well-formed, as an ePub needs it
    assert "<script" not in plain and "<figcaption" in plain and 'hidden="hidden"' in plain
    drawn = [float(y) for y in re.findall(r'<circle [^>]*cy="([\d.]+)"', plain)]
    shares = [(BOTTOM - y) / (BOTTOM - TOP) for y in drawn]
    assert shares == pytest.approx(list(drawing.points["value"]), abs=1e-3)


@pytest.mark.browser
def test_page_and_program_judge_five_hundred_random_guesses_alike(browser, drawing):
    draw = random.Random(20261127)
    guesses = [[draw.random() for _ in drawing.points.index] for _ in range(500)]
    page = functions(browser, SCRIPTS)
    there = page.evaluate(
        "([settings, guesses]) => guesses.map((guess) => module.exports.difference(settings, guess))",
        [drawing.settings(), guesses],
    )
    page.close()
    measured = drawing.points.round(4)
    for guess, found in zip(guesses, there, strict=True):
        expected = difference(measured, guess)
        assert found.pop("mean") == pytest.approx(expected.pop("mean"), abs=1e-12)
        assert found == expected


@pytest.mark.browser
def test_a_reader_draws_by_keyboard_and_by_pointer_and_then_sees_what_was_measured(browser, tmp_path, drawing):
    page = browser.new_page()
    page.goto(page_with(drawing._repr_html_(), SCRIPTS, tmp_path))
    handles, measured = page.get_by_role("slider"), page.locator(".ftsec-play .ftsec-guess-measured")
    assert handles.count() == len(drawing.points) and not measured.is_visible()
    handles.first.focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    assert handles.first.get_attribute("aria-valuetext") == "20\N{NO-BREAK SPACE}%"
    box = handles.last.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] + 50)
    page.mouse.up()
    assert int(handles.last.get_attribute("aria-valuenow")) < 100 * drawing.before - 5
    page.get_by_role("button", name="Show what was measured").press("Enter")
    assert measured.is_visible()
    said = page.get_by_role("status").inner_text()
    guess = [int(each.get_attribute("aria-valuenow")) / 100 for each in handles.all()]
    found = difference(drawing.points, guess)
    assert said.startswith(f"Your curve is {100 * found['mean']:.0f} percentage points away")
    assert f"farthest at {drawing.points['n_examples'][found['farthest']]} example" in said
    page.keyboard.press("Enter")  # the focus went to the other button
    assert not measured.is_visible() and page.get_by_role("status").inner_text() == ""
    page.close()


@pytest.mark.browser
def test_without_script_the_plain_figure_is_there(browser, tmp_path, drawing):
    address = page_with(drawing._repr_html_(), SCRIPTS, tmp_path)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(".ftsec-guess > div > svg").is_visible() and not page.locator(".ftsec-play").is_visible()
    context.close()
