"""The sweep that the book ships says what formula, literature and testbed say today."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ftsec.article.degradation import FineTuningConfig, estimate_degradation
from ftsec.base.errors import InputError
from ftsec.evidence.lookup import nearest_experiments
from ftsec.figures.runs.sweep import COLUMNS, witnesses_over_grid
from ftsec.running.compare import SHIPPED_RUNS, load_runs
from ftsec.testbed.experiments.attacks.nearest_measured import closest_loss
from tests.figures.layout import all_clashes
from tests.small_book import make_run, store_run

ROOT = Path(__file__).parents[2]
PLAN = ("method", "n_examples", "n_harmful", "learning_rate", "epochs")
RUNS = load_runs(SHIPPED_RUNS)


def test_the_grid_is_complete():
    assert (RUNS["status"] == "ok").all()
    assert len(RUNS) == RUNS["n_examples"].nunique() * RUNS["n_harmful"].nunique() * RUNS["method"].nunique()
    assert not RUNS.duplicated(list(PLAN)).any()


@pytest.mark.parametrize("row", RUNS.to_dict("records"), ids=lambda row: f"{row['n_examples']}-{row['n_harmful']}")
def test_every_run_is_what_the_three_witnesses_say(row: dict):
    plan = {name: row[name] for name in PLAN}
    printed = {"num_examples": "n_examples", "num_harmful_examples": "n_harmful", "num_epochs": "epochs"}
    named = {theirs: row[ours] for theirs, ours in printed.items()}
    config = FineTuningConfig(name="", learning_rate=row["learning_rate"], method=row["method"], **named)
    assert row["article_loss"] == pytest.approx(100 * (1 - estimate_degradation(config).safety_retained))
    (near,) = nearest_experiments(**plan, k=1).runs.to_dict("records")
    assert row["published_rate"] == pytest.approx(near["rate"])
    assert (row["published_rate_low"], row["published_rate_high"]) == pytest.approx(
        (near["low"], near["high"]), nan_ok=True
    )
    assert row["published_distance"] == pytest.approx(near["distance"])
    assert row["published_n_examples"] == near["n_examples"] or math.isnan(near["n_examples"])
    measured = closest_loss(row["n_examples"], row["n_harmful"], row["method"], row["epochs"])
    if measured is None:
        assert math.isnan(row["testbed_refusal_lost"]) and math.isnan(row["testbed_n_examples"])
    else:
        shown = [row[f"testbed_refusal_lost{part}"] / 100 for part in ("", "_low", "_high")]
        assert shown == pytest.approx([measured.lost.value, measured.lost.low, measured.lost.high])
        assert row["testbed_n_examples"] == measured.n_examples


def test_the_testbed_speaks_to_the_two_smaller_sets_only_and_dilution_does_not_protect_there():
    spoken = RUNS.groupby("n_examples")["testbed_refusal_lost"].count()
    assert spoken.to_dict() == {100: 8, 500: 8, 10000: 0}
    lost = RUNS.set_index(["n_harmful", "method", "n_examples"])["testbed_refusal_lost"].unstack()
    assert (lost[500] > lost[100]).all()


def test_the_figure_says_what_each_witness_says():
    drawing = witnesses_over_grid(RUNS)
    lost = RUNS[RUNS["n_examples"] == 100]["testbed_refusal_lost"]
    assert f"testbed {lost.min():.0f} to {lost.max():.0f} per cent of refusals lost" in drawing.alt
    assert drawing.alt.endswith("and the testbed is silent.")
    panels = drawing.figure.axes
    assert len(panels) == 6
    named = [{text.get_text() for text in panel.texts} for panel in panels]
    assert named == [{"formula", "published", "testbed"}] * 4 + [{"formula", "published"}] * 2
    assert all_clashes(drawing) == []


def test_on_a_phone_a_key_names_the_witnesses_of_all_panels():
    slim = witnesses_over_grid(RUNS).narrow()
    assert not any(panel.texts for panel in slim.axes)
    assert [text.get_text() for text in slim.legends[0].get_texts()] == ["formula", "published", "testbed"]


def test_the_chapter_says_which_columns_the_runs_of_another_chapter_lack(tmp_path):
    store_run(tmp_path, make_run())
    with pytest.raises(InputError, match=r"have no .*testbed_refusal_lost; the columns needed are n_examples"):
        load_runs(tmp_path, needs=COLUMNS)
    assert "needs=COLUMNS" in next((ROOT / "notebooks").glob("17_*")).read_text(encoding="utf-8")
