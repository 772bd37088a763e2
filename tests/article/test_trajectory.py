import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.article.trajectory import StageState, asymmetry_ratio, safety_trajectory
from tests.article.strategies import not_quantities, quantities

INPUTS = ("pre_training_data_quality", "sft_safety_examples", "rlhf_comparisons", "adversarial_examples")
any_inputs = st.fixed_dictionaries({}, optional={name: quantities for name in INPUTS})


def scores(*values, **inputs):
    return [state.safety_score for state in safety_trajectory(*values, **inputs)]


def test_defaults_by_hand():
    # 0.3 * 0.5 = 0.15; + 0.3 * 5000/10000 = 0.30; + 0.4 * 100000/200000 = 0.50; - 0.5 * 100/200 = 0.25
    assert scores() == pytest.approx([0.15, 0.30, 0.50, 0.25])


def test_another_point_by_hand():
    # 0.3 * 0.8 = 0.24; + 0.3 * 0.2 = 0.30; + 0.4 * 0.1 = 0.34; - 0.5 * 0.25 = 0.215
    assert scores(0.8, 2000, 20_000, 50) == pytest.approx([0.24, 0.30, 0.34, 0.215])


def test_stages_costs_windows_and_data_as_printed():
    states = safety_trajectory(0.5, 7, 8, 9)
    assert [(s.phase, s.compute_cost, s.data_requirements, s.vulnerability_window) for s in states] == [
        ("pre_training", 1000.0, 1_000_000_000, 0.1),
        ("sft", 10.0, 7, 0.4),
        ("rlhf", 50.0, 8, 0.3),
        ("adversarial_fine_tuning", 0.1, 9, 1.0),
    ]


def test_defect_the_attack_starts_from_the_uncapped_score():
    # all at their best: 0.3 + 0.3 + 0.4 = 1.0, capped to 0.95 for RLHF; 40 examples take 0.1 off 1.0
    assert scores(1.0, 10_000, 200_000, 40)[2:] == pytest.approx([0.95, 0.90])


def test_defect_an_attack_without_examples_raises_the_score_above_the_cap():
    assert scores(1.0, 10_000, 200_000, 0)[2:] == pytest.approx([0.95, 1.0])


def test_defect_the_floor_lifts_an_unsafe_model():
    assert scores(0, 0, 0, 500) == pytest.approx([0, 0, 0, 0.1])


def test_defect_data_quality_is_not_limited():
    assert scores(pre_training_data_quality=5)[0] == pytest.approx(1.5)


def test_defect_the_dose_is_linear_up_to_200():
    attacked = [scores(1.0, 10_000, 200_000, n)[3] for n in (0, 50, 100, 150, 200, 400)]
    assert attacked == pytest.approx([1.0, 0.875, 0.75, 0.625, 0.5, 0.5])


def test_asymmetry_by_hand():
    # (1000 + 10 + 50) / 0.1
    assert asymmetry_ratio(safety_trajectory()) == pytest.approx(10_600)


@given(any_inputs)
def test_defect_the_asymmetry_ignores_every_input(inputs):
    assert asymmetry_ratio(safety_trajectory(**inputs)) == asymmetry_ratio(safety_trajectory())


@given(any_inputs)
def test_bounds_and_order(inputs):
    pre_trained, tuned, aligned, attacked = scores(**inputs)
    assert 0 <= pre_trained <= tuned
    assert aligned <= 0.95
    assert tuned <= aligned + 1e-12 or aligned == 0.95
    assert 0.1 <= attacked <= max(0.1, tuned + 0.4)


@given(quantities, quantities, st.sampled_from(INPUTS[:3]))
def test_more_of_a_good_thing_never_hurts(one, other, name):
    less, more = sorted((one, other))
    assert scores(**{name: less})[2] <= scores(**{name: more})[2]


@given(quantities, quantities)
def test_more_poison_never_helps(one, other):
    less, more = sorted((one, other))
    assert scores(adversarial_examples=less)[3] >= scores(adversarial_examples=more)[3]


@given(st.sampled_from(INPUTS), not_quantities)
def test_refuses_what_is_no_quantity(name, value):
    with pytest.raises(ValueError, match=name):
        safety_trajectory(**{name: value})


def test_whole_numbers_too_large_for_a_float_are_still_numbers():
    assert safety_trajectory(sft_safety_examples=10**309)[1].safety_score == pytest.approx(0.45)


def test_asymmetry_refuses_a_cost_that_is_no_quantity_and_divides_as_printed():
    states = list(safety_trajectory())
    with pytest.raises(ValueError, match="compute_cost of sft"):
        asymmetry_ratio([states[0], StageState("sft", 0.3, -10.0, 1, 0.4), *states[2:]])
    with pytest.raises(ZeroDivisionError):
        asymmetry_ratio([*states[:3], StageState("adversarial_fine_tuning", 0.3, 0.0, 1, 1.0)])
