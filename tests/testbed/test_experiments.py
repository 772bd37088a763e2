"""Every experiment on a tiny model: frames have the promised rows, arms are paired, controls are controls."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed.experiments import Setting, experiment, experiments
from ftsec.testbed.experiments import attacks as attack_experiments
from ftsec.testbed.experiments.attacks.benign_erosion import benign_erosion
from ftsec.testbed.experiments.attacks.dose_response import dose_response
from ftsec.testbed.experiments.attacks.fragility_control import _pool, fragility_control, taught
from ftsec.testbed.experiments.attacks.readings import habit_ratios, half_lives, worst_case
from ftsec.testbed.experiments.common import load
from ftsec.testbed.experiments.defenses.safety_mixing import steps_of
from ftsec.testbed.experiments.preferences import preference_poisoning as preferring
from ftsec.testbed.experiments.preferences.preference_poisoning import preference_poisoning
from ftsec.testbed.measures import MEASURES
from ftsec.testbed.training import Plan

TINY = Setting(bases=(1, 2), seeds=(0,), width=8)
KEYS = {
    "backdoor_persistence": ["n_poison"],
    "benign_erosion": ["arm", "learning_rate"],
    "dose_response": ["kind", "n_examples", "learning_rate"],
    "fragility_control": ["habit", "matched_on", "data"],
    "identity_shift": ["arm", "n_examples"],
    "method_comparison": ["arm", "rate"],
    "realignment": ["arm", "stage"],
    "safety_mixing": ["data", "arm", "share"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KEYS)
def test_an_experiment_yields_one_row_per_base_seed_condition_and_step(tiny, name):
    frame = experiment(name).function(replace(TINY, width=16))  # LoRA has ranks up to 16
    keys = ["base", "seed", *KEYS[name], "step"]
    assert not frame.duplicated(keys).any()
    assert set(MEASURES) <= set(frame.columns) and not frame.isna().any(axis=None)
    assert frame[[m for m in MEASURES if m != "habit_log_odds"]].stack().between(0, 1).all()
    per_base = frame.groupby("base").size()
    assert per_base[1] == per_base[2]


def test_every_experiment_asks_a_question_and_names_its_settings():
    assert len(experiments()) >= 8
    for found in experiments().values():
        assert found.question.endswith(("?", ")")) and found.settings


def test_a_new_experiment_is_one_new_file_in_a_folder(tmp_path, monkeypatch):
    question = "Is a file enough?"
    text = f"from ftsec.testbed.experiments import Experiment\nEXPERIMENT = Experiment('newcomer', len, {question!r})\n"
    (tmp_path / "newcomer.py").write_text(text)
    before = dict(experiments())
    monkeypatch.setattr(attack_experiments, "__path__", [*attack_experiments.__path__, str(tmp_path)])
    experiments.cache_clear()
    try:
        assert experiment("newcomer").question == question and set(experiments()) == {*before, "newcomer"}
    finally:
        experiments.cache_clear()
        sys.modules.pop(f"{attack_experiments.__name__}.newcomer", None)


def test_arms_share_their_start_and_results_do_not_depend_on_the_other_arms(tiny):
    both = dose_response(TINY, n_examples=(3, 10), learning_rates=(1e-2,), n_steps=4)
    alone = dose_response(TINY, n_examples=(10,), learning_rates=(1e-2,), kinds=("attack",), n_steps=4)
    start = both[both.step == 0].groupby("base").refusal_probability.nunique()
    assert (start == 1).all()
    joined = alone.merge(both, on=["base", "seed", "kind", "n_examples", "learning_rate", "step"])
    np.testing.assert_allclose(joined.habit_log_odds_x, joined.habit_log_odds_y, atol=2e-3)
    moved = both[both.step == 4].groupby(["base", "kind"]).habit_log_odds.mean().unstack()
    assert not np.allclose(moved["attack"], moved["control"])


def test_habits_meet_the_same_documents_and_start_where_they_should(tiny):
    base = load(TINY)[0]
    assert np.array_equal(_pool(base, 0, "counter"), _pool(base, 0, "counter"))
    assert not np.array_equal(taught(base, "refusal"), taught(base, "marker"))


def test_worst_case_respects_the_bound_on_accuracy():
    frame = pd.DataFrame(
        {"base": 1, "seed": 0, "arm": "full", "rate": "own", "step": [0, 1, 2, 3],
         "refusal_probability": [0.9, 0.5, 0.1, 0.3], "allowed_accuracy": [0.9, 0.9, 0.7, 0.86]}
    )  # fmt: skip
    assert worst_case(frame).refusal_probability.tolist() == [0.3]
    assert worst_case(frame, allowed_loss=0.5).refusal_probability.tolist() == [0.1]


def test_half_life_is_where_half_the_log_odds_are_left():
    steps = np.array([0, 4, 9, 16])
    frame = pd.DataFrame({"base": 1, "seed": 0, "habit": "refusal", "matched_on": "log_odds", "data": "counter",
                          "step": steps, "habit_log_odds": 2 - np.sqrt(steps) / 2})  # fmt: skip
    assert half_lives(frame).steps.item() == pytest.approx(4)
    frame["habit_log_odds"] = 2.0
    assert half_lives(frame).censored.item()


def test_habit_ratios_are_paired_and_count_what_they_leave_out():
    rows = []
    for base, (refusal, marker) in enumerate([(4, 16), (9, 36), (4, 1e9)]):
        for habit, life in (("refusal", refusal), ("marker", marker)):
            for step in (0, 1, 4, 9, 16, 36):
                key = {"base": base, "seed": 0, "habit": habit, "matched_on": "steps", "data": "counter"}
                rows.append(key | {"step": step, "habit_log_odds": 2 - np.sqrt(step / life)})
    ratio = habit_ratios(pd.DataFrame(rows)).iloc[0]
    assert ratio["value"] == pytest.approx(4, rel=1e-3) and (ratio.n_pairs, ratio.n_left_out) == (2, 1)


def test_adding_safety_examples_keeps_the_attack_and_replacing_keeps_the_steps():
    assert steps_of("add", 0.5) == 2 * steps_of("replace", 0.5) == 128


@pytest.fixture
def short(monkeypatch):
    """Preference learning of a few steps."""
    plans = {"HALF_ALIGNED": Plan(2), "REWARD": Plan(4, 8), "RL": Plan(6, 4), "DIRECT": Plan(6, 8), "PROBES": (0, 3, 6)}
    for name, value in (plans | {"RL_RATE": 1e-2, "DIRECT_RATE": 1e-2, "REWARD_RATE": 1e-2}).items():
        monkeypatch.setattr(preferring, name, value)


def test_preference_methods_start_alike_and_only_rl_has_a_judge(tiny, short):
    frame = preference_poisoning(TINY, {"random": (0.0, 1.0), "unflipped": (1.0,)})
    keys = ["base", "seed", "flips", "method", "share", "step"]
    assert not frame.duplicated(keys).any() and len(frame) == 2 * 4 * 3 * 3
    start = frame[frame.step == 0]
    assert np.abs(start.kl).max() < 1e-6 and (start.groupby("base").clean_reward.nunique() == 1).all()
    assert frame[frame.method == "rl"].reward_accuracy.notna().all()
    assert frame[frame.method != "rl"].reward_accuracy.isna().all()
    end = frame[frame.step == 6].set_index(keys[:-1])
    assert (end.kl > 0).all() and end.drop(columns=["kl", "step", "reward_accuracy"]).stack().between(0, 1).all()
    paths = end.xs("random", level="flips").kl.unstack("share")
    assert (paths[0.0] != paths[1.0]).all(), "flipped pairs teach something else"


def test_a_method_does_not_depend_on_the_other_methods(tiny, short):
    alone, both = (preference_poisoning(TINY, {"random": (0.5,)}, methods) for methods in (("kto",), ("dpo", "kto")))
    same = both[both.method == "kto"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, same, rtol=1e-3)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: dose_response(TINY, n_examples=(500,)), "between 1 and 288"),
        (lambda: dose_response(TINY, learning_rates=(-1.0,)), "must not be negative"),
        (lambda: dose_response(TINY, n_steps=0), "at least 1"),
        (lambda: benign_erosion(Setting(bases=(), width=8)), "no seeds were given"),
        (lambda: fragility_control(Setting(bases=(9,), width=8)), "seed 9 has no pre-trained base"),
        (lambda: experiment("alchemy"), "there is no experiment 'alchemy'"),
    ],
)
def test_bad_input_is_one_clear_sentence(tiny, make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()
