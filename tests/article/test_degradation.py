import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ftsec.article.degradation import (
    ATTRIBUTED_FINDINGS,
    SCENARIOS,
    FineTuningConfig,
    epoch_factor,
    estimate_degradation,
)
from tests.article.strategies import not_quantities, quantities

NUMBERS = ("num_examples", "num_harmful_examples", "learning_rate", "num_epochs")
configs = st.builds(
    FineTuningConfig,
    name=st.text(),
    num_examples=quantities,
    num_harmful_examples=quantities,
    learning_rate=quantities,
    num_epochs=st.one_of(st.integers(1, 10**6), st.floats(1, 1e6)),
    method=st.one_of(st.sampled_from(["full", "lora", "prefix_tuning"]), st.text()),
)
bases = st.floats(min_value=1e-3, max_value=1e3)


def scenario(name):
    return next(config for config in SCENARIOS if config.name == name)


def test_scenarios_as_printed():
    assert [tuple(vars(config).values()) for config in SCENARIOS] == [
        ("benign_full_ft", 10000, 0, 2e-5, 3, "full"),
        ("benign_lora", 10000, 0, 2e-4, 3, "lora"),
        ("100_harmful_full", 10000, 100, 2e-5, 3, "full"),
        ("100_harmful_lora", 10000, 100, 2e-4, 3, "lora"),
        ("1000_harmful_full", 10000, 1000, 2e-5, 3, "full"),
        ("only_harmful", 100, 100, 2e-5, 10, "full"),
        ("high_lr_harmful", 10000, 100, 2e-4, 3, "full"),
    ]


# three epochs give the factor 1 + ln 3 = 2.098612; 0.8 * 2 * 2.098612 = 3.357780, times the harmful fraction
@pytest.mark.parametrize(
    ("name", "degradation", "final", "retained", "risk"),
    [
        ("benign_full_ft", 0.0, 0.9, 1.0, "low"),
        ("benign_lora", 0.0, 0.9, 1.0, "low"),
        ("100_harmful_full", 0.03357780, 0.86642220, 0.96269134, "low"),
        ("100_harmful_lora", 0.01343112, 0.88656888, 0.98507653, "low"),
        ("1000_harmful_full", 0.33577797, 0.56422203, 0.62691337, "medium"),
        ("only_harmful", 4.8, 0.05, 0.05555556, "critical"),
        ("high_lr_harmful", 0.03357780, 0.86642220, 0.96269134, "low"),
    ],
)
def test_scenarios_by_hand(name, degradation, final, retained, risk):
    estimate = estimate_degradation(scenario(name))
    got = (estimate.estimated_degradation, estimate.final_safety, estimate.safety_retained)
    assert got == pytest.approx((degradation, final, retained), abs=1e-8)
    assert (estimate.config_name, estimate.base_safety, estimate.risk_level) == (name, 0.9, risk)


def test_another_base_by_hand():
    # 20 of 50 harmful, prefix tuning, half the unit rate, one epoch: 0.4 * 0.3 * 0.5 * 1 * 0.8 = 0.048
    config = FineTuningConfig("small", 50, 20, 5e-6, 1, "prefix_tuning")
    estimate = estimate_degradation(config, base_safety_score=0.5)
    assert estimate.estimated_degradation == pytest.approx(0.048)
    assert estimate.final_safety == pytest.approx(0.452)
    assert estimate.safety_retained == pytest.approx(0.904)
    assert estimate.risk_level == "high"


@pytest.mark.parametrize(
    ("base", "risk"),
    [(0.29, "critical"), (0.3, "high"), (0.49, "high"), (0.5, "medium"), (0.69, "medium"), (0.7, "low")],
)
def test_risk_limits_belong_to_the_better_level(base, risk):
    assert estimate_degradation(scenario("benign_full_ft"), base).risk_level == risk


def test_defect_the_learning_rate_saturates_at_the_smallest_rate_used():
    slow, fast = scenario("100_harmful_full"), scenario("high_lr_harmful")
    assert fast.learning_rate == pytest.approx(10 * slow.learning_rate)
    assert estimate_degradation(fast).final_safety == estimate_degradation(slow).final_safety


def test_defect_the_ceiling_is_none():
    assert estimate_degradation(scenario("only_harmful")).estimated_degradation > 0.8


@given(configs, bases)
def test_defect_benign_data_costs_nothing(config, base):
    benign = estimate_degradation(replace(config, num_harmful_examples=0), base)
    assert benign.estimated_degradation == 0
    assert benign.final_safety == max(0.05, base)


def test_defect_100_harmful_among_10_000_leave_96_percent():
    assert round(100 * estimate_degradation(scenario("100_harmful_full")).safety_retained) == 96


def test_defect_the_floor_lifts_a_base_below_it():
    assert estimate_degradation(scenario("benign_full_ft"), 0.01).safety_retained == pytest.approx(5)


def test_more_harmful_than_examples_and_an_empty_set_are_computed_as_printed():
    # 30 / 10 = 3; 3 * 1 * 1 * 1 * 0.8 = 2.4; an empty set divides by one: 2 * 0.8 = 1.6
    assert estimate_degradation(
        FineTuningConfig("more", 10, 30, 1e-5, 1, "full")
    ).estimated_degradation == pytest.approx(2.4)
    assert estimate_degradation(
        FineTuningConfig("empty", 0, 2, 1e-5, 1, "full")
    ).estimated_degradation == pytest.approx(1.6)


@given(configs, st.text())
def test_an_unknown_method_counts_as_full(config, method):
    assume(method not in ("lora", "prefix_tuning"))
    named = estimate_degradation(replace(config, method=method))
    assert named == estimate_degradation(replace(config, method="full"))


def test_epochs_are_capped_at_e_squared():
    assert epoch_factor(1) == 1
    assert epoch_factor(7) == pytest.approx(1 + math.log(7))
    assert epoch_factor(8) == epoch_factor(10**6) == 3


@given(configs, bases)
def test_bounds(config, base):
    estimate = estimate_degradation(config, base)
    assert estimate.estimated_degradation >= 0
    assert 0.05 <= estimate.final_safety <= max(0.05, base)
    assert estimate.safety_retained == estimate.final_safety / base
    assert estimate.risk_level in ("critical", "high", "medium", "low")


@given(configs, quantities, st.sampled_from(["num_harmful_examples", "learning_rate"]))
def test_more_of_it_never_helps(config, value, name):
    other = replace(config, **{name: value})
    less, more = sorted((config, other), key=lambda run: getattr(run, name))
    low, high = (estimate_degradation(run).estimated_degradation for run in (less, more))
    assert low <= high


@given(st.sampled_from(SCENARIOS), st.sampled_from(NUMBERS), not_quantities)
def test_refuses_what_is_no_quantity(config, name, value):
    with pytest.raises(ValueError, match=name):
        estimate_degradation(replace(config, **{name: value}))


@given(not_quantities)
def test_refuses_a_base_that_is_no_quantity(base):
    with pytest.raises(ValueError, match="base_safety_score"):
        estimate_degradation(SCENARIOS[0], base)


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_refuses_less_than_one_epoch(num_epochs):
    with pytest.raises(ValueError, match="num_epochs must be at least 1"):
        estimate_degradation(replace(SCENARIOS[0], num_epochs=num_epochs))


def test_a_base_of_zero_divides_by_zero_as_printed():
    with pytest.raises(ZeroDivisionError):
        estimate_degradation(SCENARIOS[0], 0.0)


def test_four_findings_are_ascribed_to_the_paper():
    assert [finding.name for finding in ATTRIBUTED_FINDINGS] == [
        "few_examples_suffice",
        "benign_data_erodes",
        "persists_after_safety_training",
        "learning_rate_and_epochs",
    ]
