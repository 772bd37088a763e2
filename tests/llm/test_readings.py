"""What the stored frames of the report say, and that they are what the code behind them computed."""

import json

import numpy as np
import pandas as pd
import pytest

from ftsec.llm import code, policy, predict, readings, report
from ftsec.llm.experiments import experiment, fragility_control

NAMES = sorted(path.stem for path in report.STORED.glob("*.parquet"))


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_frame_is_the_one_its_record_describes(name):
    about = json.loads((report.STORED / f"{name}.json").read_text(encoding="utf-8"))
    frame = report.stored(name)
    assert about["digest"] == code.frame_digest(frame) and about["rows"] == len(frame)
    assert sorted(set(frame["seed"])) == about["seeds"]
    assert set(about["seeds"]) | set(about["open_seeds"]) == set(experiment(name).seeds)
    assert about["code"] == code.digest(f"ftsec.llm.experiments.{name}"), "the code changed: compute the frame anew"
    assert about["policy"] == policy.STORED.read_text(encoding="utf-8").strip()


def test_the_plan_in_use_is_the_one_that_the_rule_takes():
    from ftsec.llm.experiments.policy_choice import choose, means

    frame = report.stored("policy_choice")
    assert choose(frame) == policy.STORED.read_text(encoding="utf-8").strip()
    assert means(frame)["sufficient"].any()


@pytest.mark.parametrize("name", list(readings.READINGS))
def test_every_reading_is_given_for_all_seeds_and_for_those_that_count(name):
    tables = dict(readings.both(name))
    assert len(tables) == 2 * len(readings.READINGS[name])
    for table in tables.values():
        assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    assert len({table["n_seeds"].max() for table in tables.values()}) == 2, "some seeds do not count"


def made_up(**lives):
    """Runs that fall to half after so many steps; 99 stands for never."""
    rows = []
    for (arm, life), seed in [(item, seed) for item in lives.items() for seed in (100, 105, 110)]:
        for step in (0, 4, 8, 16):
            left = 0.9 if life == 99 else 0.9 * 0.5 ** ((step / life) ** 0.5 * (1 + 0.001 * (seed - 105)))
            rows.append({"seed": seed, "topic": "dishes", "arm": arm, "learning_rate": 1e-5, "step": step})
            rows[-1] |= {"refusal_probability": left}
    return pd.DataFrame(rows)


def test_a_run_that_never_loses_half_counts_with_its_last_step_and_is_counted_as_censored():
    found = readings.life_ratios(made_up(full=4.0, slow=8.0, never=99), ("arm",), ("full",)).set_index("arm")
    assert found.loc["slow", "value"] == pytest.approx(1, abs=0.05) and found.loc["slow", "n_censored"] == 0
    assert found.loc["never", "value"] == pytest.approx(2, abs=0.05) and found.loc["never", "n_censored"] == 3


def test_habits_whose_starts_lie_too_far_apart_are_not_compared():
    frame = report.stored("fragility_control")
    honest = readings.fragility(frame).set_index(["data", "habit"])
    unequal = frame.copy()
    attack = (unequal["stage"] == "attack") & (unequal["habit"] == "canned") & (unequal["seed"] == 100)
    unequal["habit_log_odds"] += np.where(attack, 2 * fragility_control.LARGEST_GAP, 0)
    found = readings.fragility(unequal).set_index(["data", "habit"])
    assert found.loc[("harmful", "canned"), "n_left_out"] == honest.loc[("harmful", "canned"), "n_left_out"] + 1
    assert found.loc[("harmful", "style"), "value"] == honest.loc[("harmful", "style"), "value"]


def test_all_predictions_have_an_outcome_and_censored_runs_are_said():
    found = predict.outcomes(pd.read_csv(predict.STORED), report.stored).set_index("id")
    assert set(found.index) == {effect.id for effect in predict.EFFECTS}
    assert found.loc["D-allowed", "n_censored"] == found.loc["D-allowed", "n_seeds"], "no allowed run lost half"
    assert set(predict.scores(found.reset_index())["known"]) == {"seen_in_pilot", "blind"}
