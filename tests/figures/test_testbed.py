"""The testbed's figures say in their alternative text what they draw."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.figures.base.marks import spread
from ftsec.figures.testbed import curves as figures
from ftsec.figures.testbed import defenses as testbed_defenses
from ftsec.figures.testbed import fragility as testbed_fragility
from tests.figures.layout import all_clashes


def grid(value, **columns):
    rows = pd.DataFrame(itertools.product(*columns.values()), columns=list(columns))
    rows["value"] = [value(row) for row in rows.itertuples()]
    return rows.assign(low=rows.value - 0.05, high=rows.value + 0.05)


def test_dose_response_names_the_least_and_the_largest_dose():
    curves = grid(
        lambda r: 0.2 if r.kind == "attack" and r.step else 0.8,
        kind=["attack", "control"], n_examples=[1, 10, 100], learning_rate=[1e-4, 1e-3], step=[0, 4, 64],
    )  # fmt: skip
    drawing = figures.dose_response_figure(curves)
    assert (
        "after 64 steps" in drawing.alt and "0.20 with 1 distinct" in drawing.alt and "0.80 on average" in drawing.alt
    )
    top, bottom = drawing.figure.axes
    assert {text.get_text() for text in top.texts} == {"1", "10", "100", "allowed"}
    assert len(bottom.lines) == 4
    assert all_clashes(drawing) == []


def test_methods_stand_in_order_of_rank():
    arms = ["lora_16", "full", "prefix_tuning", "lora_1", "lora_2"]
    means = grid(lambda r: 0.3, arm=arms, rate=["equal", "own"])
    runs = pd.concat([means.assign(refusal_probability=value) for value in (0.1, 0.5)])
    drawing = figures.method_comparison_figure(means, runs)
    labels = [tick.get_text() for tick in drawing.figure.axes[0].get_yticklabels()]
    assert labels == ["full", "LoRA 1", "LoRA 2", "LoRA 16", "prefix"]
    assert "0.30 with full fine-tuning" in drawing.alt and "50% of them end below 0.2, 0% above" in drawing.alt
    drawn = [line for line in drawing.figure.axes[0].lines if line.get_alpha() == 0.25]
    assert sum(len(line.get_xdata()) for line in drawn) == len(runs), "every run is drawn"
    assert all_clashes(drawing) == []


def test_doses_of_several_rates_lie_in_one_panel():
    means = grid(lambda r: 0.8 - r.step / 100, n_examples=[1, 10, 100], learning_rate=[1e-4, 3e-4], step=[0, 10, 60])
    drawing = figures.collapse_figure(means.assign(dose=means.step * means.learning_rate), 0.01)
    assert len(drawing.figure.axes) == 1 and len(drawing.figure.axes[0].lines) == 6
    assert "differ by at most 0.01" in drawing.alt and "2 rates and 3 numbers" in drawing.alt
    assert all_clashes(drawing) == []


def test_every_run_of_benign_erosion_is_drawn():
    arms = ["control", "old_random", "new_random"]
    runs = pd.DataFrame({"arm": arms * 5, "refusal_probability": [0.9, 0.4, 0.1] * 5})
    drawing = figures.benign_erosion_figure(runs, grid(lambda r: 0.5, arm=arms))
    points = [line for line in drawing.figure.axes[0].lines if line.get_marker() == "o" and line.get_alpha() == 0.3]
    assert sum(len(line.get_xdata()) for line in points) == 15
    assert "100% and 100% of these runs fall below one half" in drawing.alt
    assert all_clashes(drawing) == []


def test_learning_draws_a_line_per_base_and_measure():
    frame = pd.DataFrame({"base": [1, 1, 2, 2], "step": [0, 9] * 2, "refusal_probability": [0, 0.8, 0, 0.9],
                          "over_refusal_rate": 0.02, "allowed_accuracy": 0.95})  # fmt: skip
    drawing = figures.learning_figure(frame)
    assert len(drawing.figure.axes[0].lines) == 6 and "rises to 0.85" in drawing.alt
    assert all_clashes(drawing) == []
    assert len(drawing.narrow().legends[0].get_texts()) == 3


def test_identity_and_mixing_and_backdoor_tell_their_arms_apart():
    arms = {"neither": 0.7, "persona": 0.6, "opening": 0.2, "shift": 0.1}
    shift = testbed_defenses.identity_shift_figure(grid(lambda r: arms[r.arm], arm=list(arms), n_examples=[10, 100]))
    assert "0.70 after plain chat" in shift.alt and "0.10 with both" in shift.alt
    mixing = grid(lambda r: r.share, data=["attack", "benign"], arm=["add", "replace"], share=[0.0, 0.1, 0.5])
    mixed = testbed_defenses.safety_mixing_figure(mixing)
    assert "from 0.00 to 0.50 at 50 %" in mixed.alt
    words = {"none": 0.9, "trigger": 0.1, "near": 0.5}
    backdoor = grid(lambda r: words[r.word], word=list(words), n_poison=[0, 50], when=["before", "after"])
    stays = testbed_defenses.backdoor_persistence_figure(backdoor)
    assert "refusal under the trigger is 0.10 and 0.90 without it" in stays.alt
    assert [all_clashes(drawing) for drawing in (shift, mixed, stays)] == [[], [], []]


def test_realignment_compares_both_models_at_the_same_step():
    curves = grid(
        lambda r: 0.8 if r.arm == "attacked" and r.step else 0.0,
        arm=["attacked", "never_aligned"], stage=["realign", "attack_again"], step=[0, 16, 100],
    )  # fmt: skip
    drawing = testbed_defenses.realignment_figure(curves)
    assert "after 16 steps the attacked model refuses with probability 0.80" in drawing.alt
    assert "never refused with 0.00" in drawing.alt
    assert all_clashes(drawing) == []


def test_fragility_shades_the_margin_and_names_every_setting():
    curves = grid(lambda r: 2.0 - r.step, habit=["refusal", "canned", "marker"], step=[0, 4])
    ratios = grid(lambda r: 1.1, setting=["main", "width 32"], data=["counter"], habit=["canned", "marker"])
    drawing = testbed_fragility.fragility_figure(curves, ratios, 0.25)
    labels = [tick.get_text() for tick in drawing.figure.axes[1].get_yticklabels()]
    assert labels.count("main: counter-examples") == 2 and "width 32: counter-examples" in labels
    assert "canned answer 1.10 [1.05, 1.15]" in drawing.alt
    assert all_clashes(drawing) == []


@pytest.mark.parametrize(("settings", "label"), [(["main"], "counter-examples"), (["main", "width 32"], "main:")])
def test_on_a_phone_two_habits_share_a_row_and_a_lone_setting_is_not_named(settings, label):
    curves = grid(lambda r: 2.0 - r.step, habit=["refusal", "canned", "marker"], step=[0, 4])
    ratios = grid(lambda r: 1.1, setting=settings, data=["counter", "benign_new"], habit=["canned", "marker"])
    below = testbed_fragility.fragility_figure(curves, ratios, 0.25).narrow().axes[1]
    labels = [tick.get_text() for tick in below.get_yticklabels()]
    assert len(labels) == 2 * len(settings) and labels[0].startswith(label)
    marks = [line for line in below.lines if line.get_marker() in testbed_fragility.MARKS.values()]
    assert len(marks) == len(ratios) and len({line.get_ydata()[0] for line in marks}) == len(ratios)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).map(sorted))
def test_labels_keep_their_distance_their_order_and_their_centre(positions):
    places = spread(positions, 0.1)
    assert np.all(np.diff(places) >= 0.1 - 1e-9)
    assert np.mean(places) == pytest.approx(np.mean(positions), abs=1e-6)
