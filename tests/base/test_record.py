"""Recorded results are typed data and readable text."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.record import MIME_TYPE, as_html, as_result, as_text, record
from ftsec.base.words import digits

ROOT = Path(__file__).parents[2]


def test_a_result_is_shown_as_one_line():
    assert as_text(as_result("half_dose", 3.14159, "examples", (2, 4.4))) == "half_dose = 3.142 [2, 4.4] examples"
    assert as_text(as_result("n", 7, None, None)) == "n = 7"


def test_numpy_scalars_become_plain_values():
    assert as_result("a", np.float64(0.5), None, None)["value"] == 0.5
    assert as_result("b", np.bool_(True), None, None)["value"] is True
    assert as_result("c", np.int64(3), None, None)["value"] == 3


def test_json_cannot_hold_nan_so_it_becomes_none():
    assert as_result("a", math.nan, None, None)["value"] is None


@pytest.mark.parametrize(
    ("name", "value", "interval", "complaint"),
    [
        ("", 1, None, "needs a name"),
        ("a", [1, 2], None, "not list"),
        ("a", 1, (2, 1), "lower and an upper"),
        ("a", 1, (1, 2, 3), "lower and an upper"),
    ],
)
def test_other_values_are_refused(name, value, interval, complaint):
    with pytest.raises(ValueError, match=complaint):
        as_result(name, value, None, interval)


def test_record_displays_both_forms(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    record("accuracy", 0.9, unit="share")
    result = {"name": "accuracy", "value": 0.9, "unit": "share", "interval": None}
    assert shown == [{MIME_TYPE: result, "text/plain": "accuracy = 0.9 share"}]


def test_no_value_is_said_in_words():
    assert as_text(as_result("loss", None, "%", None)) == "loss: no value"
    shown = as_text(as_result("half_dose", None, "examples", (0, 10)))
    assert shown == "half_dose: between 0 and 10 examples, not known more closely"


def shown(name: str, value: str) -> str:
    return f'<p class="ftsec-recorded"><b>{name}</b> <span class="ftsec-value">{value}</span></p>'


def test_the_page_shows_words_and_a_span():
    assert as_html(as_result("half_dose", None, "examples", (0, 10))) == shown(
        "Half dose", "between 0 and 10 examples, not known more closely"
    )
    assert as_html(as_result("mean_error", 8.1352, "points", (-3.97, 20.4))) == shown(
        "Mean error", "8.1 [−4.0, 20.4]\u00a0points"
    )
    assert as_html(as_result("ratio", 8, "x, at least", None, "poison needed, PPO over DPO")) == shown(
        "Poison needed, PPO over DPO", "8\u00a0×, at least"
    )
    assert as_html(as_result("asymmetry_ratio", 10600, "to one", None)) == shown(
        "Asymmetry ratio", "10,600\u00a0to one"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("testbed_refusal_control", "Testbed: refusal control"),
        ("n_examples", "Number of examples"),
        ("sft_overstated", "SFT overstated"),
        ("pre_training_data_quality", "Pre-training data quality"),
    ],
)
def test_a_line_begins_with_words(name, words):
    assert f"<b>{words}</b>" in as_html(as_result(name, 1, None, None))


def test_a_label_says_what_the_name_does_not():
    result = as_result("n_examples", 1, None, None, label="nearest published run, examples")
    assert "<b>Nearest published run, examples</b>" in as_html(result) and as_text(result) == "n_examples = 1"


def test_numbers_are_stored_without_the_digits_in_which_processors_differ():
    one, other = (as_result("x", value, None, (value, 1)) for value in (0.28037423684954955, 0.2803742368495505))
    assert one == other and one["value"] == 0.28037423685


@given(st.floats(allow_nan=False))
def test_digits_say_the_number_to_half_a_per_cent(value):
    shown = digits(value).replace("−", "-").replace(",", "").replace("∞", "inf")
    assert float(shown) == pytest.approx(value, rel=0.006, abs=0)
