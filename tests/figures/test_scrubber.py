"""The slider through training steps shows what the runs answered; its runs are those of the stored dose response."""

import pandas as pd
import pytest

from ftsec.figures.living.scrubber import Scrubber
from ftsec.figures.testbed.answers import KINDS, WORDS, answers_figure
from ftsec.testbed import frames
from ftsec.testbed.answer_shares import SHARES, answers_over_steps
from ftsec.testbed.experiments import Setting
from ftsec.testbed.live_slices import TOLERANCE
from tests.figures.playing import functions, page_with

ROWS = [
    (base, 0, kind, step, 0.9 - shift * step - 0.1 * base, shift * step, 0.1 + 0.1 * base)
    for base in (0, 1)
    for kind, shift in (("attack", 0.2), ("control", 0.05))
    for step in (0, 1, 4)
]
FRAME = pd.DataFrame(ROWS, columns=["base", "seed", "kind", "step", *SHARES])


@pytest.fixture(scope="module")
def trained():
    return answers_over_steps(Setting(bases=(200,), seeds=(0,)), 100, 1e-4, 16)


def scrubber(frame: pd.DataFrame = FRAME) -> Scrubber:
    return Scrubber(frame, WORDS, KINDS, "Two runs, made up.")


def test_the_runs_are_those_of_the_stored_dose_response(trained):
    dose = frames.stored("dose_response")
    same = dose[(dose.base == 200) & (dose.n_examples == 100) & (dose.learning_rate == 1e-4) & (dose.step <= 16)]
    both = trained.merge(same, on=["base", "seed", "kind", "step"])
    assert len(both) == len(same) == len(trained)
    assert (both["refusal"] - both["refusal_probability"]).abs().mean() < TOLERANCE
    start = both[both.step == 0]
    assert start["refusal"].to_numpy() == pytest.approx(start["refusal_probability"].to_numpy(), abs=0.01)


def test_the_three_probabilities_add_up_and_the_true_answer_comes_back(trained):
    assert trained[list(SHARES)].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-3)
    assert (trained[list(SHARES)] >= 0).all(axis=None)
    attack = trained[trained.kind == "attack"].set_index("step")["true_answer"]
    assert attack[16] > attack[0]


def test_the_page_gets_the_mean_over_the_runs_of_each_kind():
    settings = scrubber().settings()
    assert settings["steps"] == [0, 1, 4]
    attack, control = (settings["rows"][KINDS[kind]] for kind in ("attack", "control"))
    assert attack[2] == pytest.approx([0.05, 0.8, 0.15]) and control[2] == pytest.approx([0.65, 0.2, 0.15])
    assert attack[0] == control[0]


def test_the_figure_says_what_both_kinds_end_with():
    alt = answers_figure(FRAME).alt
    assert "attack, step 4: refuses 0.05, gives the true answer 0.80" in alt
    assert "control, step 4: refuses 0.65" in alt


@pytest.mark.browser
def test_the_slider_moves_by_keyboard_and_says_the_same_numbers(browser, tmp_path):
    page = browser.new_page()
    page.goto(page_with(scrubber()._repr_html_(), ["play-steps.js"], tmp_path))
    words = page.get_by_role("status")
    assert words.locator("p").first.inner_text() == "Before the first step"
    slider = page.get_by_label("Steps of fine-tuning")
    slider.focus()
    page.keyboard.press("End")
    assert words.locator("p").all_inner_texts() == [
        "After 4 steps",
        f"{KINDS['attack']}: refuses\xa00.05, gives the true answer\xa00.80, says anything else\xa00.15",
        f"{KINDS['control']}: refuses\xa00.65, gives the true answer\xa00.20, says anything else\xa00.15",
    ]
    assert slider.get_attribute("aria-valuetext") == "4 steps"
    page.keyboard.press("ArrowLeft")
    assert words.locator("p").first.inner_text() == "After 1 step"
    assert page.locator(".ftsec-steps-name").first.inner_text() == "Before, all runs"
    page.close()


@pytest.mark.browser
def test_bars_before_stay_whatever_the_slider_says(browser):
    page = functions(browser, ["play-steps.js"])
    settings = scrubber().settings()
    rows = page.evaluate("settings => settings.steps.map((_, i) => module.exports.rowsAt(settings, i)[0])", settings)
    page.close()
    assert all(row == {"name": "Before, all runs", "values": settings["rows"][KINDS["attack"]][0]} for row in rows)
