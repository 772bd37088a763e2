"""Paths are read where they say: at a distance, at the clean run's step, at a clean reward."""

import numpy as np
import pandas as pd
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed.experiments.preferences import equal_distance

STEPS = (0, 10, 20)


def path(base, method, share, kl, reward, refusal):
    named = {"base": base, "seed": 0, "flips": "random", "method": method, "share": share}
    return [
        named | {"step": s, "kl": k, "clean_reward": r, "refusal_probability": p}
        for s, k, r, p in zip(STEPS, kl, reward, refusal, strict=True)
    ]


def frame():
    rows = []
    for base in (1, 2):
        rows += path(base, "dpo", 0.0, (0, 0.4, 0.8), (0.38, 0.58, 0.78), (0.4, 0.6, 0.8))
        rows += path(base, "dpo", 0.5, (0, 0.8, 1.6), (0.38, 0.2, 0.1), (0.4, 0.2, 0.0))
        rows += path(base, "rl", 0.0, (0, 0.2, 0.4), (0.38, 0.48, 0.58), (0.4, 0.5, 0.6))
        rows += path(base, "rl", 0.5, (0, 0.1, 0.2), (0.38, 0.3, 0.2), (0.4, 0.3, 0.1))
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def one(reading, method, share):
    rows = equal_distance.read(frame(), reading)
    return rows[(rows.base == 1) & (rows.method == method) & (rows.share == share)].iloc[0]


def test_each_run_is_read_where_it_has_moved_the_budget():
    assert one("equal_kl", "dpo", 0.0).step == pytest.approx(10)
    poisoned = one("equal_kl", "dpo", 0.5)
    assert (poisoned.step, poisoned.kl) == pytest.approx((5, equal_distance.KL_BUDGET))
    assert poisoned.refusal_probability == pytest.approx(0.3)


def test_a_run_that_never_gets_there_is_read_at_its_end_and_says_so():
    run = one("equal_kl", "rl", 0.5)
    assert not run.reached and run.step == 20 and run.refusal_probability == pytest.approx(0.1)


def test_the_same_recipe_stops_where_the_clean_run_would():
    run = one("same_recipe", "dpo", 0.5)
    assert run.step == pytest.approx(10) and run.kl == pytest.approx(0.8)
    assert one("equal_clean_reward", "rl", 0.5).step == pytest.approx(20)
    assert one("equal_clean_reward", "rl", 0.0).clean_reward == pytest.approx(equal_distance.CLEAN_REWARD)


def test_methods_with_clean_pairs_are_compared_at_one_distance():
    readings = equal_distance.read(frame())
    assert equal_distance.level_with(readings, "kl").value == pytest.approx(0, abs=1e-9)
    better = readings.assign(clean_reward=readings.clean_reward + 0.06 * (readings.method == "rl"))
    before, after = (equal_distance.level_with(each, "clean_reward").value for each in (readings, better))
    assert abs(after - before) == pytest.approx(0.06)


def test_a_level_is_reached_between_steps_at_the_start_or_never():
    paths = np.array([[0, 1, 0.5], [0.7, 0, 0], [0, 0.1, 0.2]])
    np.testing.assert_allclose(equal_distance.first_reached(np.array([0.0, 4, 8]), paths, 0.5), [2, 0, np.inf])


def test_an_unknown_reading_is_refused():
    with pytest.raises(InputError, match="the readings are equal_kl, same_recipe, equal_clean_reward"):
        equal_distance.read(frame(), "equal_steps")
