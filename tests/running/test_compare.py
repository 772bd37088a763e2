"""One table over stored runs, and its summary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ftsec.base.errors import InputError
from ftsec.running.compare import load_runs
from ftsec.running.store import archive, stored_runs
from ftsec.running.summary import mean_interval, summarise, varied
from tests.small_book import make_run, store_run


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Eight runs over two doses and four seeds, one of them failed, one of them made twice."""
    for n_harmful in (1, 100):
        for seed in range(4):
            results = [
                {"name": "safety", "value": 1 / n_harmful + seed, "unit": "share", "interval": [0.0, 9.0]},
                {"name": "broken", "value": n_harmful > 1, "unit": None, "interval": None},
                {"name": "level", "value": "high", "unit": None, "interval": None},
                {"name": "seed", "value": seed * 10, "unit": None, "interval": None},
            ]
            parameters = {"n_harmful": n_harmful, "rates": [0.1, 0.2], "seed": seed}
            key = f"{n_harmful:08}{seed:08}"
            store_run(tmp_path / "05_toy", make_run(key=key, parameters=parameters, results=results))
    error = {"cell": "cell-1", "source": "x", "message": "ValueError: no"}
    failed = make_run(key="f" * 16, parameters={"n_harmful": 13, "rates": [0.1], "seed": 0})
    store_run(tmp_path / "05_toy", replace_results(failed, error))
    first = {"n_harmful": 1, "rates": [0.1, 0.2], "seed": 0}
    again = make_run(key="0000000100000000", parameters=first, started="2026-02-01T00:00:00.000+00:00")
    store_run(tmp_path / "05_toy", again)
    return tmp_path


def replace_results(run: object, error: dict) -> object:
    return make_run(key=run.key, parameters=run.parameters, results=[], status="failed", error=error)


def test_a_row_holds_parameters_results_and_what_happened(store: Path):
    frame = load_runs(store)
    assert len(frame) == 9 and list(frame.columns[:4]) == ["chapter", "n_harmful", "rates", "seed"]
    row = frame[(frame["n_harmful"] == 100) & (frame["seed"] == 2)].iloc[0]
    assert (row["safety"], row["safety_low"], row["safety_high"], row["broken"]) == (2.01, 0, 9, True)
    assert row["rates"] == "[0.1, 0.2]" and row["seed_result"] == 20
    failed = frame[frame["status"] == "failed"].iloc[0]
    assert failed["error"] == "cell-1: ValueError: no" and pd.isna(failed["safety"])
    assert frame.attrs["parameters"] == ["n_harmful", "rates", "seed"]
    assert frame.attrs["results"] == ["safety", "broken", "level", "seed_result"]
    assert frame.attrs["units"]["safety"] == "share"


def test_the_newest_of_equal_runs_counts(store: Path):
    frame = load_runs(store)
    assert len(load_runs(store, repeated=True)) == 10
    assert list(frame.loc[frame["key"] == "0000000100000000", "safety"]) == [0.5]


def test_an_archive_is_read_like_a_store(store: Path, tmp_path: Path):
    path = tmp_path / "runs.jsonl"
    path.write_text(archive(run for _, run in stored_runs([store / "05_toy"])))
    columns = [name for name in load_runs(store) if name != "folder"]
    pd.testing.assert_frame_equal(load_runs(path)[columns], load_runs(store / "05_toy")[columns])


def test_the_summary_takes_each_varied_parameter_but_seeds_by_itself(store: Path):
    frame = load_runs(store)
    assert varied(frame) == ["n_harmful", "rates", "seed"]
    summary = summarise(frame[frame["n_harmful"] == 100])
    assert summary.empty
    rows = summarise(frame).query("parameter == 'n_harmful' and value == 100").set_index("result")
    values = 0.01 + np.arange(4)
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert tuple(rows.loc["safety", ["n", "mean"]]) == (4, pytest.approx(1.51))
    assert rows.loc["safety", "low"] == pytest.approx(low) and rows.loc["safety", "high"] == pytest.approx(high)
    assert rows.loc["broken", "mean"] == 1 and 0.5 < rows.loc["broken", "low"] < 0.52  # Wilson, four of four
    assert "level" not in rows.index
    assert set(summarise(frame, by=["n_harmful", "seed"])["n"]) == {1}
    with pytest.raises(InputError, match="no parameter 'dose'"):
        summarise(frame, by=["dose"])


def test_an_interval_is_given_over_seeds_and_the_least_and_most_over_other_parameters(tmp_path: Path):
    for dose in (1, 100):
        for method in ("full", "lora"):
            for seed in range(3):
                safety = {"name": "safety", "value": dose + seed + 10.0 * (method == "lora"), "unit": None}
                parameters = {"n_harmful": dose, "method": method, "seed": seed}
                results = [safety | {"interval": None}]
                key = f"{dose}{method}{seed}".ljust(16, "0")
                store_run(tmp_path, make_run(key=key, parameters=parameters, results=results))
    frame = load_runs(tmp_path)
    row = summarise(frame).query("parameter == 'n_harmful' and value == 1").iloc[0]
    # of each method the mean over its seeds, 2 and 12; no interval, since two methods are no sample
    assert tuple(row[["n", "mean", "low", "high", "spread"]]) == (6, 7, 2, 12, "least to most")
    row = summarise(frame, by=["n_harmful", "method"]).iloc[0]
    low, high = stats.t.interval(0.95, 2, 2, stats.sem([1, 2, 3]))
    assert (row["n"], row["mean"], row["spread"]) == (3, 2, "95 % interval over seeds")
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))


def test_many_values_are_summarised_in_classes(tmp_path: Path):
    for number in range(40):
        store_run(tmp_path, make_run(key=f"{number:016}", parameters={"n_harmful": number, "seed": 0}))
    summary = summarise(load_runs(tmp_path))
    assert list(summary["n"]) == [8] * 5 and summary["value"].is_monotonic_increasing


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_the_mean_lies_within_its_interval(values: list[float]):
    mean, low, high = mean_interval(np.array(values))
    assert low <= mean <= high


def test_says_what_is_no_store(tmp_path: Path):
    with pytest.raises(InputError, match="neither a folder"):
        load_runs(tmp_path / "none")
    with pytest.raises(InputError, match="no run in"):
        load_runs(tmp_path)
    (tmp_path / "runs.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="no archive"):
        load_runs(tmp_path / "runs.jsonl")


def test_runs_of_two_chapters_are_summarised_apart(tmp_path: Path):
    for number in range(3):
        store_run(tmp_path, make_run(key=f"{number:016}", parameters={"n_harmful": number, "fixed": 1, "seed": 0}))
        loss = {"name": "loss", "value": 1.0, "unit": None, "interval": None}
        key = f"{number + 8:016}"
        store_run(tmp_path, make_run(key=key, chapter="06_other", parameters={"width": number}, results=[loss]))
    frame = load_runs(tmp_path)
    assert varied(frame) == ["n_harmful", "width"]
    summary = summarise(frame)
    assert summary["value"].notna().all() and len(summary) == 6
    pairs = set(zip(summary["parameter"], summary["result"], strict=True))
    assert pairs == {("n_harmful", "safety"), ("width", "loss")}
