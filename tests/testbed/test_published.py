"""The stored frames: whole, untouched, and what the code gives when a slice of them is computed again."""

import json

import numpy as np
import pandas as pd
import pytest

from ftsec.testbed import bases, checks, frames, live_slices, outcomes, statistics
from ftsec.testbed.experiments import Setting, experiment
from ftsec.testbed.experiments.attacks.dose_response import dose_response
from ftsec.testbed.experiments.attacks.method_comparison import OWN_RATES
from ftsec.testbed.statistics import Estimate

FRAMES = sorted(path.stem for path in bases.DATA.glob("*.parquet"))


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_what_its_digest_says_and_covers_its_settings(name):
    frame, about = frames.stored(name, main=False), frames.about(name)
    assert frames.frame_digest(frame) == about["digest"] and len(frame) == about["rows"]
    for setting in about["settings"]:
        part = frame[(frame.world == setting["world"]) & (frame.width == setting["width"])]
        part = part[part.base.isin(setting["bases"])]
        cells = part.groupby(["base", "seed"]).size()
        assert set(part.base) == set(setting["bases"]) and set(part.seed) == set(setting["seeds"])
        assert cells.nunique() == 1, "every base and seed has the same rows"
    if "kept" in about:
        return
    assert json.loads(json.dumps(about["settings"])) == [
        json.loads(json.dumps(vars(setting))) for setting in experiment(name).settings
    ]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_or_a_slice_of_it_was_computed_with_this_code(name):
    found = checks.check(name)
    assert found.status != "older", f"{checks.sentence(found)}; run: ftsec testbed check --again --ship"


def test_everything_shipped_stays_small():
    sizes = {path.name: path.stat().st_size for path in bases.DATA.iterdir()}
    assert sum(size for name, size in sizes.items() if name.endswith(".npz")) < 15e6
    assert sum(size for name, size in sizes.items() if not name.endswith(".npz")) < 6e6


def test_the_methods_own_rates_are_those_that_were_chosen_on_development_bases():
    frame = frames.stored("rate_choice")
    assert set(frame.base) == set(bases.DEV_SEEDS) and not set(bases.DEV_SEEDS) & set(bases.REPORT_SEEDS)
    means = frame.groupby(["arm", "learning_rate"])["loss"].mean().unstack()
    assert means.idxmin(axis=1).to_dict() == OWN_RATES


def test_a_live_slice_gives_what_was_stored():
    # the slice that chapter 05 trains
    live = dose_response(Setting(bases=(200, 201), seeds=(0,)), n_examples=(10, 100), learning_rates=(1e-4,))
    comparison = live_slices.compare(live, "dose_response")
    assert comparison["stored"].notna().all() and len(comparison) == 88
    assert live_slices.agreement(comparison) < live_slices.TOLERANCE
    assert live_slices.agreement_in_words(comparison).startswith("mean difference, live to stored: 0.0")
    start = comparison[comparison.step == 0]
    assert np.abs(start.live - start.stored).max() < live_slices.TOLERANCE


def test_other_parameters_have_no_stored_value():
    live = dose_response(Setting(bases=(200,), seeds=(0,)), (7,), (1e-3,), ("attack",), n_steps=2)
    comparison = live_slices.compare(live, "dose_response")
    assert comparison["stored"].isna().all() and np.isnan(live_slices.agreement(comparison))
    assert live_slices.agreement_in_words(comparison) == live_slices.NOTHING


@pytest.mark.slow
def test_pretraining_again_gives_the_shipped_base(tmp_path, monkeypatch):
    """Bit for bit on the machine that made it; elsewhere the chat model refuses about as much."""
    shipped = bases.pretrained(seeds=(201,))[2].flat
    monkeypatch.setenv("FTSEC_CACHE", str(tmp_path))
    bases.make_bases("hidden_topic", 48, [201])
    again = np.load(bases._cached("hidden_topic", 48, 201))
    if not np.array_equal(again.astype(np.float32), shipped[0]):
        ends = []
        for flat in (shipped[0], again.astype(np.float32)):
            monkeypatch.setattr(bases, "_flat", lambda *a, flat=flat: flat)
            ends.append(live_slices.watch_sft(Setting(bases=(201,)))["refusal_probability"].iloc[-1])
        assert abs(ends[0] - ends[1]) < 0.2


def test_a_page_shows_the_outcomes_of_its_experiments_in_their_order():
    shown = outcomes.outcomes_of(["alignment_tax", "realignment"])
    assert [*zip(shown.id, shown.experiment, strict=True)] == [("S07", "alignment_tax"), ("X01", "realignment")]
    assert all((row.result == "hit") == row.hit for row in shown.itertuples())


def test_outcomes_follow_from_intervals_and_margins():
    below, around, wide = (Estimate(m, m - w, m + w, 20) for m, w in ((-0.3, 0.1), (0.0, 0.05), (0.0, 0.3)))
    assert outcomes.outcome_of("P01", below, 0) == "negative"
    assert outcomes.outcome_of("P08", around, 0.1) == "null"
    assert outcomes.outcome_of("P08", wide, 0.1) == "unclear"
    assert outcomes.outcome_of("X02", Estimate(1.1, 0.9, 1.2, 20), 0.25) == "null"
    assert outcomes.outcome_of("X03", Estimate(2.0, 1.5, 2.5, 20), 0.25) == "positive"


def test_every_prediction_has_an_estimate_and_ten_of_the_first_are_published_effects():
    table, second = map(outcomes.predictions, outcomes.HALVES)
    assert [*table.id, *second.id] == list(outcomes.ESTIMATES)
    estimates = [e for half in outcomes.HALVES for e in outcomes.outcomes(half).estimate]
    assert all(e.low <= e.value <= e.high for e in estimates if not np.isnan(e.value))
    assert sum(np.isnan(e.value) for e in estimates) <= 1, "S06, where the peak is the end of the range"
    assert (table.citation_key != "").sum() == table.id.str.startswith("P").sum() == 10
    assert set(table.predicted_sign) <= {"negative", "positive", "null"}


def test_results_name_claims_experiments_and_predictions_that_exist():
    both = pd.concat(map(outcomes.outcomes, outcomes.HALVES))
    table, outcome = outcomes.testbed_results(), both.set_index("id")["outcome"]
    assert table.claim_id.is_unique and set(table.result) <= set(outcomes.CLAIM_RESULTS)
    for row in table[table.prediction != ""].itertuples():
        assert outcome[row.prediction] == row.outcome, row.claim_id
    assert set(table.experiment) <= {*FRAMES, ""} and table.reason.str.len().between(20, 200).all()


def test_curves_have_an_interval_around_every_mean():
    frame = frames.stored("benign_erosion")
    curve = statistics.curves(frame[frame.learning_rate == 1e-3], ["arm"])
    assert len(curve) == frame.arm.nunique() * frame.step.nunique()
    assert ((curve.low <= curve.value) & (curve.value <= curve.high)).all()
    assert statistics.clustered(frame, "refusal_probability").n_bases == frame.base.nunique()
