from itertools import product

import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed import exposure as ex
from ftsec.testbed.model import forward, initial_weights, log_softmax
from ftsec.testbed.training import Plan, Tuning, fit
from ftsec.testbed.training.pretraining import config_of
from ftsec.testbed.world import build_world

WORLD = build_world("hidden_topic", 0)
CONFIG = config_of(WORLD, width=8)


def weights_of(seed, scale=3.0):
    weights = initial_weights(CONFIG, [np.random.default_rng(seed)], dtype=np.float64)
    weights["head"] *= scale  # a model that has preferences
    return weights


def by_brute_force(weights, document, alphabet):
    secrets = np.array(list(product(alphabet, repeat=ex.N_DIGITS)))
    documents = np.repeat(document[None], len(secrets), axis=0)
    documents[:, -1 - ex.N_DIGITS : -1] = secrets
    logits, _ = forward(CONFIG, weights, documents[None, :, :-1], ex.N_DIGITS + 1)
    steps = log_softmax(logits)[0, :, : ex.N_DIGITS]
    scores = np.take_along_axis(steps, secrets[..., None], axis=-1).sum(axis=(1, 2))
    own = scores[(secrets == document[-1 - ex.N_DIGITS : -1]).all(axis=1)]
    return 1 + int((scores > own).sum())


@pytest.mark.parametrize("seed", range(3))
def test_the_rank_equals_brute_force_over_a_small_alphabet(seed):
    canaries = ex.draw_canaries(WORLD, np.random.default_rng(seed), 6)
    canaries.digits[:] %= 5
    documents = ex.canary_documents(WORLD, canaries)
    alphabet = ex.digit_tokens(WORLD)[:5]
    weights = weights_of(seed)
    expected = [by_brute_force(weights, d, alphabet) for d in documents]
    assert ex.ranks(CONFIG, weights, documents, alphabet).tolist() == expected
    assert len(set(expected)) > 1


@pytest.mark.slow
def test_the_rank_equals_brute_force_over_all_candidates():
    document = ex.canary_documents(WORLD, ex.draw_canaries(WORLD, np.random.default_rng(1), 1))[0]
    weights = weights_of(1)
    alphabet = ex.digit_tokens(WORLD)
    assert ex.ranks(CONFIG, weights, document[None], alphabet)[0] == by_brute_force(weights, document, alphabet)


def test_never_inserted_canaries_have_the_exposure_of_a_random_rank():
    canaries = ex.draw_canaries(WORLD, np.random.default_rng(0), 150)
    canaries.digits[:] %= 8
    documents = ex.canary_documents(WORLD, canaries)
    rank = ex.ranks(CONFIG, weights_of(0), documents, ex.digit_tokens(WORLD)[:8])
    bits = ex.exposure(rank, candidates=8**ex.N_DIGITS)
    # an exponential with mean 1 / ln 2: three standard errors are 0.35
    assert abs(bits.mean() - 1 / np.log(2)) < 0.36


def test_a_canary_learnt_by_heart_has_rank_one():
    document = ex.canary_documents(WORLD, ex.draw_canaries(WORLD, np.random.default_rng(0), 1))
    start = initial_weights(CONFIG, [np.random.default_rng(0)])
    rng = np.random.default_rng(0)
    trained = fit(CONFIG, start, [Tuning(learning_rate=1e-2)], [document], Plan(60, 1, None), [rng])
    rank = ex.ranks(CONFIG, trained.weights, document, ex.digit_tokens(WORLD))
    assert rank.tolist() == [1]
    assert ex.exposure(rank)[0] == 16


def test_deduplication_leaves_one_exact_copy_and_one_near_copy_a_system_word():
    canaries = ex.draw_canaries(WORLD, np.random.default_rng(0), 3)
    exact = np.repeat(ex.canary_documents(WORLD, canaries), 5, axis=0)
    assert len(ex.deduplicate(exact)) == 3
    assert len(ex.deduplicate(ex.near_copies(WORLD, canaries, 20))) == 3 * 6


@pytest.mark.parametrize("kind", ["hidden_topic", "named_topic"])
def test_canaries_have_the_length_of_a_document_and_their_own_entity(kind):
    world = build_world(kind, 0)
    canaries = ex.draw_canaries(world, np.random.default_rng(0), 192)
    documents = ex.canary_documents(world, canaries)
    assert documents.shape == (192, world.length)
    assert len(np.unique(documents[:, :-5], axis=0)) == 192, "what stands before the secret tells the canaries apart"


def test_impossible_canaries_are_refused_in_a_sentence():
    with pytest.raises(InputError, match="1 to 192"):
        ex.draw_canaries(WORLD, np.random.default_rng(0), 193)
