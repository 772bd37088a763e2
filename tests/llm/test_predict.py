"""Predictions come from stored frames alone; what is a hit, and how skill is counted, on made-up frames."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from ftsec.llm import predict
from ftsec.llm.statistics import Estimate

WRITTEN = "1e8eb8fb5e1202994feb46ca982fff93d5b2b43914c729366ce69d9ba0a55188"  # SHA-256 of the file as committed then


def curves(half_lives, seeds=(100, 101, 105, 106)):
    """Runs whose probability falls to half after so many steps; seeds differ by a little."""
    steps = [0, 1, 2, 4, 8, 16]
    rows = []
    for (n, rate), life in half_lives.items():
        for i, seed in enumerate(seeds):
            for step in steps:
                left = 0.5 ** ((step / (life * (1 + 0.01 * i))) ** 0.5)
                rows.append(
                    {"seed": seed, "topic": str(seed % 5), "kind": "harmful", "n_examples": n, "learning_rate": rate}
                    | {"step": step, "refusal_probability": 0.9 * left}
                )
    return pd.DataFrame(rows)


def test_the_committed_table_is_the_one_of_before_the_report():
    """Written by commit 3954004c7a88e0240bdf654580d9a543395b2bd9, from the miniature's frames of that day.

    Frames that are computed anew later give other numbers in the last digits, and no new prediction: the file stays.
    """
    assert hashlib.sha256(predict.STORED.read_bytes()).hexdigest() == WRITTEN


def test_the_code_still_writes_a_table_of_the_same_predictions():
    committed, found = pd.read_csv(predict.STORED), predict.table()
    said = ["id", "experiment", "effect", "unit", "kind", "margin", "likely_beforehand", "known", "frame"]
    pd.testing.assert_frame_equal(committed[said], found[said], check_dtype=False)
    assert list(found.columns) == list(committed.columns)


def test_a_third_can_fail_and_some_were_not_seen():
    found = pd.read_csv(predict.STORED)
    assert (found["kind"] != "order").mean() > 1 / 3
    assert set(found["known"]) == {"seen_in_pilot", "blind"} and found["id"].is_unique
    orders = found[found["kind"] == "order"]
    assert (orders["predicted"] != 0).all()


def test_half_lives_are_compared_as_sums_of_rates():
    frame = curves({(1, 2e-5): 8.0, (30, 2e-5): 2.0, (30, 5e-6): 8.0})
    arm = {"n_examples": 1, "learning_rate": 2e-5}
    ratio = predict.read(frame, (arm, {"n_examples": 30, "learning_rate": 2e-5}), predict.HALF_LIFE)
    assert ratio.median() == pytest.approx(2, abs=0.05)
    same = predict.read(frame, ({"n_examples": 30, "learning_rate": 5e-6}, arm), predict.HALF_LIFE)
    assert same.median() == pytest.approx(-2, abs=0.05)


def test_a_run_that_never_gets_there_counts_with_its_last_step():
    frame = curves({(1, 2e-5): 1e6, (30, 2e-5): 2.0})
    arms = ({"n_examples": 1, "learning_rate": 2e-5}, {"n_examples": 30, "learning_rate": 2e-5})
    assert predict.read(frame, arms, predict.HALF_LIFE).median() == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize(
    ("kind", "predicted", "margin", "interval", "expected"),
    [
        ("size", 1.0, 1.0, (1.9, 0, 9), True),
        ("size", 1.0, 1.0, (2.1, 2, 2.2), False),
        ("equal", 0.0, 0.3, (0.0, -0.2, 0.2), True),
        ("equal", 0.0, 0.3, (0.0, -0.4, 0.2), False),
        ("order", -1.0, 0.0, (-0.5, -0.9, -0.1), True),
        ("order", -1.0, 0.0, (0.5, 0.1, 0.9), False),
    ],
)
def test_what_is_a_hit(kind, predicted, margin, interval, expected):
    assert predict.hit(kind, predicted, margin, Estimate(*interval, 20)) is expected


def test_skill_is_against_the_best_rival_and_never_over_both_groups():
    rows = [
        {"known": known, "unit": predict.HALF_LIFE, "predicted": p, "estimate": e, "error": abs(p - e), "hit": True}
        | {"rival_equal_steps": 2.0, "rival_rate_sum": 0.0, "rival_published": -1.0, "rival_pilot": np.nan}
        for known, p, e in [("seen_in_pilot", 1.0, 1.2), ("seen_in_pilot", 0.8, 1.0), ("blind", 3.0, 0.5)]
    ]
    found = predict.scores(pd.DataFrame(rows)).set_index("known")
    assert found.loc["seen_in_pilot", "skill"] == pytest.approx(1 - 0.2 / 0.9)
    assert found.loc["blind", "best_rival"] in ("rate_sum", "pilot") and found.loc["blind", "skill"] < 0


def test_outcomes_are_read_off_the_real_frames():
    frame = curves({(1, 2e-5): 8.0, (3, 5e-6): 8.0, (10, 5e-6): 8.0, (30, 2e-5): 2.0, (30, 5e-6): 8.0})
    allowed = frame[(frame["n_examples"] == 30) & np.isclose(frame["learning_rate"], 5e-6)].assign(kind="allowed")
    frame = pd.concat([frame, allowed.assign(refusal_probability=0.9)])
    found = predict.outcomes(pd.read_csv(predict.STORED), lambda name: frame if name == "dose_response" else None)
    found = found.set_index("id")
    assert found.loc["D-rate", "estimate"] == pytest.approx(0, abs=0.05) and bool(found.loc["D-rate", "hit"])
    assert found.loc["D-1", "estimate"] == pytest.approx(2, abs=0.05) and not found.loc["D-1", "hit"]
    assert bool(found.loc["D-allowed", "hit"])
