import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed.model import initial_weights
from ftsec.testbed.training import Plan, Tuning, fit
from ftsec.testbed.training.pretraining import config_of, corpus
from ftsec.testbed.training.stream import fit_stream
from ftsec.testbed.world import build_world

WORLD = build_world("hidden_topic", 0)
CONFIG = config_of(WORLD, width=8)
DOCUMENTS = corpus(WORLD, np.random.default_rng(0), 12)


def start(n):
    return initial_weights(CONFIG, [np.random.default_rng(i) for i in range(n)])


def test_a_stream_that_repeats_is_another_epoch():
    once = fit_stream(CONFIG, start(1), [np.concatenate([DOCUMENTS, DOCUMENTS])], Plan(6, 4), 1e-2)
    again = fit_stream(CONFIG, start(1), [DOCUMENTS], Plan(6, 4), 1e-2)
    assert np.array_equal(once.flat, again.flat)


def test_the_order_of_the_documents_matters():
    forwards = fit_stream(CONFIG, start(1), [DOCUMENTS], Plan(3, 4), 1e-2)
    backwards = fit_stream(CONFIG, start(1), [DOCUMENTS[::-1]], Plan(3, 4), 1e-2)
    assert not np.array_equal(forwards.flat, backwards.flat)


def test_one_full_batch_is_what_the_training_loop_does_with_it():
    before = start(2)
    kept = before.flat.copy()
    streamed = fit_stream(CONFIG, before, [DOCUMENTS] * 2, Plan(1, 12), 1e-2)
    looped = fit(
        CONFIG, before, [Tuning(learning_rate=1e-2)] * 2, [DOCUMENTS] * 2, Plan(1, 12), [np.random.default_rng(0)] * 2
    )
    np.testing.assert_allclose(streamed.flat, looped.weights.flat, atol=2e-4)
    assert np.array_equal(before.flat, kept), "the start must not change"


def test_an_empty_stream_is_refused():
    with pytest.raises(InputError, match="nothing to train on"):
        fit_stream(CONFIG, start(1), [DOCUMENTS[:0]], Plan(1, 4), 1e-2)
