"""The shipped sample is what its maker makes, and its truth is true."""

from __future__ import annotations

import re

from ftsec.defenses.sample import CANARY_COPIES, EDITS, corpus_path, load_truth, sample_canaries, truth_path
from ftsec.defenses.training_data import read_texts
from scripts.make_sample_corpus import corpus_bytes, make_sample, truth_bytes
from tests.defenses.conftest import count_copies


def test_the_files_are_made_again_bit_for_bit():
    entries = make_sample()
    assert corpus_path().read_bytes() == corpus_bytes(entries)
    assert truth_path().read_bytes() == truth_bytes(entries)


def test_another_seed_is_another_corpus():
    assert corpus_bytes(make_sample(1)) != corpus_bytes(make_sample(2))


def test_the_size_is_some_hundred_kilobytes():
    assert 200_000 < corpus_path().stat().st_size < 600_000


def test_no_slot_was_left_open():
    assert not [text for text in read_texts(corpus_path()) if re.search(r"[{}]", text)]


def test_exact_copies_equal_their_source_and_near_ones_do_not():
    texts, truth = read_texts(corpus_path()), load_truth()
    at = dict(zip(truth.id, texts, strict=True))
    copies = truth[truth.role.isin(["exact", "near"])]
    same = [at[row.id] == at[row.source] for row in copies.itertuples()]
    assert same == (copies.role == "exact").tolist()
    assert set(truth.edit[truth.role == "near"]) == set(EDITS)


def test_the_canaries_are_there_as_often_as_said():
    canaries = sample_canaries()
    assert count_copies(read_texts(corpus_path()), canaries) == {c.name: c.copies for c in canaries}
    assert sorted({c.copies for c in canaries}) == list(CANARY_COPIES)


def test_what_is_expected_to_go_has_an_earlier_original():
    texts, truth = read_texts(corpus_path()), load_truth()
    for index in truth.index[(truth.expected == "remove") & (truth.role != "near")]:
        assert texts[index] in texts[:index]
