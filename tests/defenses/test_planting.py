"""The reader's own corpus gets a known truth, and the known truth is measured."""

from __future__ import annotations

import json

import pytest

from ftsec.base.errors import InputError
from ftsec.defenses.deduplicate import Settings
from ftsec.defenses.planting import (
    ALONE,
    INSIDE,
    NEVER,
    canary_exposures,
    load_corpus,
    plant,
    recall_by_kind,
    removed_by,
    sweep_thresholds,
)
from ftsec.defenses.sample import EDITS
from tests.defenses.conftest import count_copies


@pytest.fixture(scope="module")
def sample():
    return load_corpus()


@pytest.fixture(scope="module")
def own(sample):
    return plant(sample.texts[:200], seed=3)


def test_the_readers_file_gets_copies_and_canaries(tmp_path, sample, own):
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps({"body": text}) + "\n" for text in sample.texts[:300]))
    read = load_corpus(str(path), "body", n_documents=200, seed=3)
    assert read.texts == own.texts and read.truth.equals(own.truth)
    assert len(read.texts) == len(read.truth)
    assert set(own.truth.edit[own.truth.expected == "remove"]) >= {*EDITS, "exact"} - {"half replaced"}


def test_planted_canaries_stand_as_often_as_said(own):
    assert count_copies(own.texts, own.canaries) == {c.name: c.copies for c in own.canaries}


def test_planted_copies_are_found(own):
    found = recall_by_kind(own, removed_by(own, Settings())).set_index("edit")
    assert (found.k <= found.n).all()
    assert found.k["exact copy"] == found.n["exact copy"] == 12
    assert found.k["layout"] == 12 and found.k["half replaced"] <= 2


def test_too_few_long_texts_are_refused():
    with pytest.raises(InputError, match="to plant copies, got 0"):
        plant(["short"] * 50, seed=0)


def test_precision_counts_known_documents_only(sample, own):
    for corpus in (sample, own):
        rows = sweep_thresholds(corpus, (0.7,), Settings()).iloc[0]
        assert 0.8 * rows.to_remove < rows.removed_right <= rows.removed <= 1.05 * rows.removed_right


def test_copies_raise_exposure_and_deduplication_reaches_only_whole_documents(sample):
    scores = canary_exposures(sample, removed_by(sample, Settings()), order=3, n_candidates=255, seed=1)
    many = scores[scores.copies >= 8].groupby("placement")[["before", "after"]].mean()
    controls = scores[scores.placement == NEVER]
    assert many.before.min() > 7
    assert many.after[INSIDE] > 7 and many.after[ALONE] < 5.5
    assert 0.8 < controls.before.mean() < 2.6  # 1.44 bits are expected of a random rank
