"""The sweep that the book ships says what formula and literature say today."""

from __future__ import annotations

import math

import pytest

from ftsec.article.degradation import FineTuningConfig, estimate_degradation
from ftsec.evidence.lookup import nearest_experiments
from ftsec.execution.compare import SHIPPED_RUNS, load_runs

PLAN = ("method", "n_examples", "n_harmful", "learning_rate", "epochs")
RUNS = load_runs(SHIPPED_RUNS)


def test_the_grid_is_complete():
    assert (RUNS["status"] == "ok").all()
    assert len(RUNS) == RUNS["n_examples"].nunique() * RUNS["n_harmful"].nunique() * RUNS["method"].nunique()
    assert not RUNS.duplicated(list(PLAN)).any()


@pytest.mark.parametrize("row", RUNS.to_dict("records"), ids=lambda row: f"{row['n_examples']}-{row['n_harmful']}")
def test_every_run_is_what_formula_and_literature_say(row: dict):
    plan = {name: row[name] for name in PLAN}
    printed = {"num_examples": "n_examples", "num_harmful_examples": "n_harmful", "num_epochs": "epochs"}
    named = {theirs: row[ours] for theirs, ours in printed.items()}
    config = FineTuningConfig(name="", learning_rate=row["learning_rate"], method=row["method"], **named)
    assert row["article_loss"] == pytest.approx(100 * (1 - estimate_degradation(config).safety_retained))
    (near,) = nearest_experiments(**plan, k=1).runs.to_dict("records")
    assert row["published_rate"] == pytest.approx(near["rate"])
    assert (row["published_rate_low"], row["published_rate_high"]) == pytest.approx((near["low"], near["high"]))
    assert row["published_distance"] == pytest.approx(near["distance"])
    assert row["published_n_examples"] == near["n_examples"] or math.isnan(near["n_examples"])
