"""Intervals, effects, dose response and the comparison with a formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.evidence import intervals
from ftsec.evidence.comparison import article_against_published
from ftsec.evidence.dose import dose_response, saturating
from ftsec.evidence.effects import effect_sizes

rates = st.integers(0, 330).map(lambda count: 100 * count / 330)


@pytest.fixture(scope="module")
def fitted():
    return dose_response(n_resamples=60)


@settings(max_examples=30, deadline=None)
@given(rates)
def test_wilson_brackets_the_rate(rate):
    low, high = intervals.wilson(rate, 330)
    assert 0 <= low <= rate + 1e-9 and rate - 1e-9 <= high <= 100
    assert high - low < 12


@settings(max_examples=30, deadline=None)
@given(rates, rates)
def test_intervals_mirror_when_before_and_after_swap(before, after):
    low, high = intervals.risk_difference(before, after, 330)
    assert low <= after - before + 1e-9 and after - before <= high + 1e-9
    assert intervals.risk_difference(after, before, 330) == pytest.approx((-high, -low))
    there, back = (intervals.log_odds_ratio(*pair, 330) for pair in ((before, after), (after, before)))
    assert there[0] == pytest.approx(-back[0]) and there[3] == back[3]


def test_a_zero_cell_is_corrected_and_said_so():
    assert intervals.log_odds_ratio(0, 50, 330)[3]
    assert not intervals.log_odds_ratio(1, 50, 330)[3]
    assert np.isnan(intervals.log_odds_ratio(1, 50, np.nan)[0])


def test_effects_have_the_sign_of_what_happened():
    found = effect_sizes().set_index("measurement_id")
    assert found.at["M003", "risk_difference"] == pytest.approx(87.0)
    assert found.at["M069", "risk_difference"] < 0 and found.at["M069", "defense"] == "safety_examples"
    assert found.at["M116", "risk_difference"] == pytest.approx(78.5)  # a refusal rate, turned round
    inside = found.dropna(subset=["rd_low"])
    assert (inside["rd_low"] <= inside["risk_difference"]).all()
    assert (inside["rd_high"] >= inside["risk_difference"]).all()


def test_weak_rows_come_only_when_asked_for():
    assert not effect_sizes()["weak"].any()
    assert effect_sizes(include_weak=True)["weak"].any()
    assert "M047" not in set(effect_sizes()["measurement_id"])  # M029 printed again


def test_half_doses_are_bracketed_not_named(fitted):
    """Both models cross half-way somewhere between no harmful example and ten."""
    halves = fitted.half_doses.set_index("model")
    assert list(halves["above"]) == [0, 0] and list(halves["up_to"]) == [10, 10]
    assert halves.at["Llama-2-7b-Chat", "steps_up_to"] == 5
    assert np.isnan(halves.at["GPT-3.5 Turbo", "steps_up_to"])  # its batch size is not known


def test_the_fit_passes_near_the_points_and_inside_its_band(fitted):
    for model, points in fitted.points.groupby("model"):
        curve = fitted.curves[fitted.curves["model"] == model]
        at = np.interp(points["n_examples"], curve["n_examples"], curve["rate"])
        assert np.abs(at - points["rate"]).max() < 6
        assert (curve["low"] <= curve["rate"] + 1).all() and (curve["high"] >= curve["rate"] - 1).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 100), st.floats(0.5, 400))
def test_the_curve_rises_from_floor_to_top(scale, dose):
    assert saturating(0, 2, 90, scale) == pytest.approx(2)
    assert 2 <= saturating(dose, 2, 90, scale) <= saturating(dose * 2, 2, 90, scale) <= 90


def test_other_studies_are_shown_not_fitted(fitted):
    assert not set(fitted.others["measurement_id"]) & set(fitted.points["measurement_id"])
    assert {"M105", "M133"} <= set(fitted.others["measurement_id"])


def test_a_perfect_formula_has_no_error_and_a_constant_one_ranks_nothing():
    truth = article_against_published(lambda run: 0.5, n_resamples=50).runs.set_index("measurement_id")["measured"]
    perfect = article_against_published(lambda run: truth[run.measurement_id] / 100, n_resamples=50)
    assert perfect.rank_correlation[0] == pytest.approx(1)
    assert perfect.mean_absolute_error[0] == pytest.approx(0)
    constant = article_against_published(lambda run: 0.9, n_resamples=50)
    assert constant.rank_correlation == (0, 0, 0)
    assert constant.mean_error[1] <= constant.mean_error[0] <= constant.mean_error[2]


def test_only_runs_that_give_all_the_formula_needs_are_used():
    runs = article_against_published(lambda run: 0.5, include_weak=True, n_resamples=50).runs
    assert set(runs["method"]) == {"full", "lora", "prefix_tuning"}
    assert runs[["n_examples", "n_harmful", "learning_rate", "epochs"]].notna().all().all()
    assert "M046" not in set(runs["measurement_id"])  # M033 printed again
