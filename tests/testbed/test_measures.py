import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.testbed import statistics
from ftsec.testbed.measures import MEASURES, Recorder, held_out_questions, judge, log_odds, measure
from ftsec.testbed.model import forward, initial_weights
from ftsec.testbed.training.pretraining import config_of
from ftsec.testbed.world import build_world

WORLD = build_world("hidden_topic", 4)
CONFIG = config_of(WORLD, width=8)


def weights(n_runs=1):
    return initial_weights(CONFIG, [np.random.default_rng(i) for i in range(n_runs)])


def test_questions_are_about_held_out_entities_and_the_same_for_all_habits():
    refusal, marker = (held_out_questions(WORLD, 4, habit) for habit in ("refusal", "marker"))
    assert set(refusal.entity) == set(WORLD.entities("held_out", restricted=True))
    assert np.array_equal(refusal.refusing[:, :-3], marker.refusing[:, :-3])
    assert np.array_equal(refusal.complying, marker.complying)
    assert WORLD.vocabulary[refusal.habit_opening] == "SORRY" and WORLD.vocabulary[marker.habit_opening] == "MARK"


def test_greedy_answers_are_what_step_by_step_decoding_gives():
    questions = held_out_questions(WORLD, 4)
    model = weights()
    model.flat *= 3  # sharper, so that greedy choices are not ties
    prompts = questions.refusing[None, :, :-3]
    documents = questions.refusing[None].copy()
    for position in (-3, -2):
        logits, _ = forward(CONFIG, model, documents[..., :position], 1)
        documents[..., position] = logits[:, :, 0].argmax(axis=-1)
    assert np.array_equal(documents[..., :-3], prompts)
    _, _, greedy = judge(CONFIG, model, documents)
    assert greedy.all()


def test_a_model_that_always_refuses_measures_as_such():
    questions = held_out_questions(WORLD, 4)
    model = weights()
    model.flat[:] = 0
    # positions alone decide: ASK stands at input 5, the opening at 6
    model["positions"][0, 5, 0] = model["positions"][0, 6, 1] = 10
    model["head"][0, 0, WORLD.token("SORRY")] = model["head"][0, 1, WORLD.token("NOPE")] = 20
    values = measure(CONFIG, model, [questions])
    assert set(values) == set(MEASURES)
    assert values["refusal_probability"][0] > 0.99 and values["refusal_rate"][0] == 1
    assert values["compliance_rate"][0] == values["allowed_accuracy"][0] == 0
    assert values["over_refusal_rate"][0] == 1 and values["habit_log_odds"][0] > 5


def test_recorder_writes_one_row_per_run_and_step():
    questions = [held_out_questions(WORLD, 4)] * 2
    recorder = Recorder(CONFIG, questions, [{"base": 1}, {"base": 2}], extra={"trigger": questions})
    for step in (0, 5):
        recorder(step, weights(2), None)
    frame = pd.DataFrame(recorder.rows)
    assert frame[["base", "step"]].values.tolist() == [[1, 0], [2, 0], [1, 5], [2, 5]]
    assert np.allclose(frame.refusal_probability, frame.refusal_probability_trigger)


@given(st.floats(0.001, 0.999))
def test_log_odds_inverts_the_logistic_function(p):
    assert 1 / (1 + np.exp(-log_odds(np.log(p)))) == pytest.approx(p, rel=1e-4)


def test_intervals_of_symmetric_values_are_the_t_intervals_and_skewed_ones_reach_into_the_tail():
    values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    low, high = statistics.mean_interval(values)
    half = 2.7764451 * values.std(ddof=1) / np.sqrt(5)
    assert (low, high) == pytest.approx((-half, half))
    skewed = statistics.of_bases(np.array([0.0] * 9 + [1.0]))
    assert skewed.high - skewed.value > skewed.value - skewed.low


def test_an_interval_of_a_share_ends_at_zero_and_one():
    frame = pd.DataFrame({"base": range(6), "refusal_rate": [0, 0, 0, 0, 0, 0.9], "bits": [0, 0, 0, 0, 0, 0.9]})
    assert statistics.clustered(frame, "refusal_rate").low == 0 > statistics.clustered(frame, "bits").low


def test_seeds_of_one_base_are_averaged_and_add_no_evidence():
    frame = pd.DataFrame({"base": [1, 1, 2, 2, 3, 3], "seed": [0, 1] * 3, "y": [0.0, 2.0, 2.0, 4.0, 5.0, 7.0]})
    assert statistics.clustered(frame, "y") == statistics.of_bases(np.array([1.0, 3.0, 6.0]))


def test_a_share_of_runs_is_a_ratio_of_sums_and_not_a_mean_of_ratios():
    harmful, all_runs = pd.Series([1, 9]), pd.Series([1, 18])
    found = statistics.ratio_of_sums(harmful, all_runs)
    assert found.value == pytest.approx(10 / 19) and found.interval == pytest.approx((0.5, 1.0))


def test_pairing_removes_what_the_arms_share():
    rng = np.random.default_rng(0)
    rows = [
        {"base": b, "seed": s, "arm": arm, "y": shared + 0.2 * (arm == "attack")}
        for b in range(8) for s in range(2) for shared in [rng.standard_normal()] for arm in ("attack", "control")
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    difference = statistics.paired(frame, "y", "arm", ("attack", "control"))
    assert difference.value == pytest.approx(0.2) and difference.high - difference.low < 1e-9
    assert difference.n_bases == 8
    with pytest.raises(InputError, match="not paired"):
        statistics.paired(frame.drop(index=3), "y", "arm", ("attack", "control"))


def test_equivalence_needs_the_whole_interval_inside_the_margin():
    inside, outside = statistics.Estimate(0.01, -0.04, 0.06, 20), statistics.Estimate(0.01, -0.04, 0.12, 20)
    assert statistics.equivalent(inside, 0.1) and not statistics.equivalent(outside, 0.1)


@given(st.floats(1, 99))
@settings(max_examples=30)
def test_crossing_finds_where_a_falling_curve_passes(where):
    steps = np.linspace(0, 10, 41) ** 2
    values = 0.5 + (where**0.5 - np.sqrt(steps)) / 20
    assert statistics.crossing(steps, values) == pytest.approx(where, rel=1e-6)
    assert statistics.crossing(steps, -values, -0.5, falling=False) == pytest.approx(where, rel=1e-6)


def test_a_curve_that_never_crosses_is_censored():
    frame = pd.DataFrame({"base": 1, "seed": 0, "step": [0, 5, 10], "p": [0.9, 0.8, 0.7]})
    row = statistics.crossings(frame, ["base", "seed"], "p").iloc[0]
    assert np.isinf(row.steps) and row.censored
    assert statistics.crossing(np.array([0, 5]), np.array([0.4, 0.2])) == 0


def test_variance_between_bases_is_told_from_variance_within():
    rng = np.random.default_rng(1)
    index = pd.MultiIndex.from_product([range(40), range(5)], names=["base", "seed"])
    frame = pd.DataFrame(index=index).reset_index()
    frame["between"] = rng.standard_normal(40)[frame.base] + 0.1 * rng.standard_normal(200)
    frame["within"] = rng.standard_normal(200)
    assert statistics.share_of_variance(frame, "between") > 0.95
    assert statistics.share_of_variance(frame, "within") < 0.3


def test_geometric_ratio_is_the_exponential_of_the_mean_logarithm():
    frame = pd.DataFrame({"base": range(40), "seed": 0, "log_ratio": np.log([2.0, 8.0] * 20)})
    ratio = statistics.geometric_ratio(frame)
    assert ratio.value == pytest.approx(4) and 2 <= ratio.low <= 4 <= ratio.high <= 8


def test_an_interval_from_one_base_is_refused():
    with pytest.raises(InputError, match="at least two bases"):
        statistics.of_bases(np.ones(1))
