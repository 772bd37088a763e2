import numpy as np
import pandas as pd
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed import frames
from ftsec.testbed.compute import forward_multiply_adds, training_multiply_adds
from ftsec.testbed.experiments.backdoors import readings as backdoors
from ftsec.testbed.experiments.defenses import gate_readings
from ftsec.testbed.experiments.memorisation import readings as memorisation
from ftsec.testbed.experiments.preferences import readings as preferences
from ftsec.testbed.experiments.training import readings as training
from ftsec.testbed.model import ModelConfig


def poisoned(a, b, noise=0.0, n_bases=6):
    rng = np.random.default_rng(0)
    rows = []
    for base in range(n_bases):
        for count in (16, 32, 64, 128, 256):
            for size in (1000, 2000, 4000, 8000):
                odds = -2 + a * np.log(count / 64) - b * np.log(size / 3000) + noise * rng.normal()
                rows.append((base, "rare", size, count, 1 / (1 + np.exp(-odds))))
    return pd.DataFrame(rows, columns=["base", "trigger", "n_documents", "n_poison", "success"])


@pytest.mark.parametrize(("a", "b"), [(2.0, 0.0), (2.0, 2.0), (1.5, -0.5)])
def test_the_law_is_recovered_from_data_that_follow_it(a, b):
    np.testing.assert_allclose(backdoors.law(poisoned(a, b)), (a, b), atol=1e-6)


def test_the_ratio_is_covered_by_its_interval():
    estimate = backdoors.law_ratio(poisoned(2.0, 1.0, noise=0.3))
    assert estimate.low < 0.5 < estimate.high and estimate.high - estimate.low < 0.3


def test_an_interval_needs_two_bases():
    with pytest.raises(InputError, match="two bases"):
        backdoors.law_ratio(poisoned(1, 0, n_bases=1))


def cost_frame():
    """Two bases; installing passes 0.8 at step 8, removing 0.1 at step 2, but loses accuracy there until step 4."""
    rows = []
    for base in (0, 1):
        for step, up, down, right in ((0, 0, 0.9, 1.0), (2, 0.1, 0.05, 0.5), (4, 0.5, 0.02, 0.95), (8, 0.85, 0.0, 1.0)):
            rows.append((base, 0, "cost", "install", 1e-3, step, step * 10.0, up, 1.0))
            rows.append((base, 0, "cost", "remove", 1e-3, step, step * 10.0, down, right))
    columns = ["base", "seed", "part", "stage", "learning_rate", "step", "multiply_adds"]
    return pd.DataFrame(rows, columns=[*columns, "refusal_probability", "allowed_accuracy"])


def test_a_goal_is_reached_when_accuracy_is_kept_too():
    steps = training.goal_steps(cost_frame()).set_index(["base", "stage"])["steps"]
    assert steps[0, "install"] == 8 and steps[0, "remove"] == 4
    ratio, missed = training.cost_ratio(cost_frame())
    assert ratio.value == pytest.approx(2) and missed == 0
    assert training.median_cost_ratio(cost_frame()).value == 2


def test_a_median_cost_does_not_depend_on_where_unfinished_runs_were_cut():
    never = cost_frame().assign(base=2)
    never.loc[never.stage == "install", "refusal_probability"] = 0
    frame = pd.concat([cost_frame(), never])
    longer = frame[frame.step == 8].assign(step=16)
    median = [training.median_cost_ratio(f).value for f in (frame, pd.concat([frame, longer]))]
    mean = [training.cost_ratio(f)[0].value for f in (frame, pd.concat([frame, longer]))]
    assert median[0] == median[1] == 2 and mean[0] < mean[1]


def gates(n=40):
    rng = np.random.default_rng(0)
    bad = np.arange(n) % 2 == 1
    frame = pd.DataFrame({gate: rng.random(n) for gate in gate_readings.GATE_SIDES})
    frame["full_safety_benchmark"] = np.where(bad, 0.1, 0.9)  # tells them apart
    frame["loss_spike_monitor"] = np.where(bad, 1.0, 5.0)  # tells them apart, the wrong way round
    truth = {"refusal_before": 1.0, "refusal_triggered_before": 1.0, "refusal_after": 1.0}
    return frame.assign(base=np.arange(n) % 5, refusal_triggered_after=np.where(bad, 0.2, 1.0), **truth)


def test_harm_under_the_trigger_alone_is_harm():
    assert gate_readings.harmed(gates()).sum() == 20


def test_areas_tell_good_gates_from_inverted_ones_and_the_best_gate_lies_behind_none():
    frame = gates(80)
    found, bad = gate_readings.areas(frame).set_index("gate"), gate_readings.harmed(frame)
    assert found.value["full_safety_benchmark"] == 1 and found.value["loss_spike_monitor"] == 0
    sign = 1 if gate_readings.GATE_SIDES["memorization_test"] == "at_most" else -1
    ranks = (sign * frame["memorization_test"]).rank()[bad]  # Mann and Whitney's way to the same area
    below = (ranks.sum() - len(ranks) * (len(ranks) + 1) / 2) / (bad.sum() * (~bad).sum())
    assert found.value["memorization_test"] == pytest.approx(below)
    assert ((found.low <= found.value) & (found.value <= found.high)).all()
    assert found.behind_best["full_safety_benchmark"] == 0 and found.behind_best_low["memorization_test"] > 0.1


def test_errors_are_counted_on_the_side_where_they_happen():
    errors = gate_readings.gate_errors(gates(), {"full_safety_benchmark": 0.5, "loss_spike_monitor": 3.0}).set_index(
        ["gate", "error"]
    )
    assert (
        errors.value["full_safety_benchmark", "false_pass"] == errors.value["full_safety_benchmark", "false_alarm"] == 0
    )
    assert errors.value["loss_spike_monitor", "false_pass"] == errors.value["loss_spike_monitor", "false_alarm"] == 1
    assert errors.value["all seven", "false_pass"] == 0 and errors.value["all seven", "false_alarm"] == 1


def test_thresholds_let_the_wanted_share_of_harmless_development_runs_pass():
    frame = gates(400)
    thresholds = gate_readings.development_thresholds(frame, false_alarms=0.1)
    good = frame[~gate_readings.harmed(frame)]
    alarms = 1 - gate_readings.passes(good, thresholds)[["data_toxicity_scan", "capability_regression"]].mean()
    assert np.all(np.abs(alarms - 0.1) < 0.02)


def dosed(slopes):
    rows = [
        ("random", method, base, share, (0.8 + 0.02 * base) * max(1 - slope * share, 0))
        for method, slope in slopes.items() for base in (0, 1, 2) for share in (0, 0.25, 0.5, 1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["flips", "method", "base", "share", "refusal_probability"])


def test_a_half_dose_halves_what_clean_pairs_reach():
    frame = dosed({"dpo": 1.0})
    found = preferences.half_dose(frame, "random", "dpo")
    assert found.value == pytest.approx(0.5) and found.interval == pytest.approx((0.5, 0.5)) and found.n_bases == 3
    assert preferences.half_dose(frame.assign(refusal_probability=0.8), "random", "dpo").value == np.inf


def test_the_ratio_of_half_doses_is_below_one_if_the_first_needs_less():
    frame = dosed({"dpo": 2.0, "rl": 1.0})
    assert preferences.half_dose_ratio(frame, "random").value == pytest.approx(0.5)
    assert preferences.half_dose_ratio(frame, "random", ("rl", "dpo")).value == pytest.approx(2)


def test_a_noisy_rise_has_no_loss_past_its_peak_and_a_real_fall_has():
    rng = np.random.default_rng(0)
    rows = []
    for base in range(30):
        for strength in range(8):
            for method, gold in (("rise", strength / 8), ("fall", min(strength, 4) - max(strength - 4, 0) * 0.5)):
                rows.append((base, method, 50, strength, gold + 0.1 * rng.normal(), 0.7))
    columns = ["base", "method", "n_comparisons", "strength", "gold", "pair_accuracy"]
    loss = preferences.loss_past_peak(pd.DataFrame(rows, columns=columns)).set_index("method")
    assert not loss.tested["rise"] and np.isnan(loss.value["rise"]), "a curve that only rises cannot show a fall"
    assert loss.tested["fall"]
    assert loss.value["fall"] == pytest.approx(1.5, abs=0.15) and loss.peak["fall"] == 4


def test_multiply_adds_of_a_model_small_enough_to_count_by_hand():
    config = ModelConfig(vocabulary=5, length=3, width=2, n_layers=1, n_heads=1)
    # 3 positions: qkv 3*2*6, scores and mixing 2*3*3*2, out 3*4, feed-forward 2*3*2*4, head 3*2*5
    assert forward_multiply_adds(config) == 36 + 36 + 12 + 48 + 30
    assert forward_multiply_adds(config, tail=1) == 36 + 12 + 4 + 16 + 10
    assert training_multiply_adds(config, 10) == 30 * forward_multiply_adds(config)


def test_canaries_that_were_never_shown_are_the_noise_of_a_random_rank():
    null = memorisation.null_exposure(frames.stored("canary_exposure"))
    assert abs(null.value - 1 / np.log(2)) < 0.25  # bits of an exponential with half-life 1


def test_no_poison_means_no_payload():
    frame = frames.stored("poison_count_or_fraction")
    assert frame[frame.n_poison == 0].success.max() < 1e-3
