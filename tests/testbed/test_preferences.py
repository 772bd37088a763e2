import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.testbed.model import initial_weights
from ftsec.testbed.training import Plan, Tuning
from ftsec.testbed.training import policy as rl
from ftsec.testbed.training import preferences as pr
from ftsec.testbed.training.constitutional import constitutional_step, revise
from ftsec.testbed.training.pretraining import config_of, corpus
from ftsec.testbed.training.sft import answered
from ftsec.testbed.training.tuning import Trainee
from ftsec.testbed.world import all_prompts, build_world

WORLD = build_world("hidden_topic", 0)
CONFIG = config_of(WORLD, width=8)
DOCUMENTS = corpus(WORLD, np.random.default_rng(0), 12)
PROMPTS = all_prompts(WORLD, WORLD.entities("alignment", restricted=True))[:32]
PAIRS = pr.Pairs(answered(WORLD, PROMPTS, "refusal"), answered(WORLD, PROMPTS))


def rngs(n):
    return [np.random.default_rng([5, i]) for i in range(n)]


def start(n, dtype=np.float64):
    return initial_weights(CONFIG, rngs(n), dtype)


class Still:
    """An optimiser that only keeps the gradient."""

    def __init__(self, trainee):
        self.trainee = trainee

    def step(self, gradient, factor=1.0):
        self.gradient = gradient.copy()


def gradient_of(step, documents, loss):
    trainee = Trainee(CONFIG, start(2), [Tuning()] * 2, rngs(2))
    trainee.optimizers["full"] = still = Still(trainee)
    value = step(trainee, documents, loss)
    return value, still.gradient


def by_differences(numbers, documents, loss, picks, size=1e-5):
    weights = start(2)
    slopes = []
    for run, index in picks:
        values = []
        for sign in (1, -1):
            moved = weights.copy()
            moved.flat[run, index] += sign * size
            values.append(loss(numbers(CONFIG, moved, documents))[0][run])
        slopes.append((values[0] - values[1]) / (2 * size))
    return np.array(slopes)


BATCH = np.stack([DOCUMENTS[:8], DOCUMENTS[4:12]])
REFERENCE = np.random.default_rng(3).normal(-9, 1, size=(2, 8))
CASES = {
    "bradley_terry": (pr.reward_step, pr.rewards, pr.bradley_terry),
    "dpo": (pr.answer_step, pr.log_probabilities, pr.dpo(REFERENCE, 0.7)),
    "dpo_with_sft": (pr.answer_step, pr.log_probabilities, pr.with_sft(pr.dpo(REFERENCE, 0.7), 4, 0.5)),
}


@pytest.mark.parametrize("case", CASES)
def test_gradients_agree_with_finite_differences(case):
    step, numbers, loss = CASES[case]
    value, gradient = gradient_of(step, BATCH, loss)
    np.testing.assert_allclose(value, loss(numbers(CONFIG, start(2), BATCH))[0])
    large = np.argsort(-np.abs(gradient), axis=1)[:, :25]
    picks = [(run, i) for run in range(2) for i in large[run]]
    expected = by_differences(numbers, BATCH, loss, picks)
    np.testing.assert_allclose([gradient[p] for p in picks], expected, rtol=1e-5)
    assert np.abs(expected).min() > 0


def reference_dpo(x):
    margin = 0.7 * (x[:4] - x[4:] - REFERENCE[0, :4] + REFERENCE[0, 4:])
    return anp.mean(anp.log(1 + anp.exp(-margin)))


def test_the_dpo_loss_agrees_with_autograd():
    x = np.random.default_rng(0).normal(-8, 2, size=8)
    value, slope = pr.dpo(REFERENCE[:1], 0.7)(x[None])
    np.testing.assert_allclose(value[0], reference_dpo(x))
    np.testing.assert_allclose(slope[0], grad(reference_dpo)(x))


def test_the_kto_loss_agrees_with_autograd_when_its_point_of_reference_is_held():
    x = np.random.default_rng(0).normal(-8, 2, size=8)
    held = max(float((x - REFERENCE[0]).mean()), 0)
    sign = np.repeat([1.0, -1.0], 4)

    def reference(x):
        return anp.mean(1 - 1 / (1 + anp.exp(-sign * 0.3 * (x - REFERENCE[0] - held))))

    value, slope = pr.kto(REFERENCE[:1], 0.3)(x[None])
    np.testing.assert_allclose(value[0], reference(x))
    np.testing.assert_allclose(slope[0], grad(reference)(x))


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_bradley_terry_depends_on_the_difference_alone(a, b):
    value, slope = pr.bradley_terry(np.array([[a, b]]))
    shifted, _ = pr.bradley_terry(np.array([[a + 3, b + 3]]))
    np.testing.assert_allclose(value, shifted, rtol=1e-6, atol=1e-12)
    assert slope[0, 0] <= 0 and slope[0, 0] == -slope[0, 1]


@pytest.mark.parametrize("make_loss", [pr.dpo, pr.kto])
def test_training_on_pairs_raises_what_was_chosen(make_loss):
    before = start(2, np.float32)
    after = pr.fit_preferences(CONFIG, before, [PAIRS] * 2, Plan(30, 8), rngs(2), 3e-3, make_loss, 0.5)

    def margin(weights):
        chosen, rejected = (np.stack([d] * 2) for d in (PAIRS.chosen, PAIRS.rejected))
        return pr.log_probabilities(CONFIG, weights, chosen) - pr.log_probabilities(CONFIG, weights, rejected)

    assert np.all(margin(after).mean(axis=1) > margin(before).mean(axis=1) + 0.5)


def test_a_reward_model_begins_indifferent_and_learns_the_preference():
    blank = pr.fit_reward_model(CONFIG, start(1, np.float32), [PAIRS], Plan(1, 8), rngs(1), 0.0)
    assert np.all(pr.rewards(CONFIG, blank, PAIRS.chosen[None]) == 0)
    trained = pr.fit_reward_model(CONFIG, start(1, np.float32), [PAIRS], Plan(40, 8), rngs(1), 3e-3)
    chosen, rejected = (pr.rewards(CONFIG, trained, d[None]) for d in (PAIRS.chosen, PAIRS.rejected))
    assert np.mean(chosen > rejected) > 0.95


def test_samples_follow_the_models_probabilities():
    weights = start(1)
    weights["head"] *= 4
    many = np.repeat(DOCUMENTS[:1], 4000, axis=0)[None]
    drawn = rl.sample(CONFIG, weights, many, rngs(1))
    assert np.all(drawn[..., :-3] == many[..., :-3])
    tokens, counts = np.unique(drawn[0, :, rl.OPENING], return_counts=True)
    asked = many[0, :1].repeat(len(tokens), axis=0)
    logits, _ = pr.forward(CONFIG, weights, asked[None, :, :-1], 3)
    expected = np.exp(pr.log_softmax(logits)[0, 0, 0])
    assert abs(counts / 4000 - expected[tokens]).max() < 0.03


def test_the_policy_gradient_finds_the_rewarded_answer():
    def reward(documents):
        return 1.0 * (documents[..., rl.OPENING] == WORLD.token("SORRY"))

    prompts = [PAIRS.rejected] * 2
    weights = start(2, np.float32)
    for run in range(2):  # both start from models that say it now and then
        weights["head"][run, :, WORLD.token("SORRY")] *= 0.5
    trained = rl.policy_gradient(CONFIG, weights, prompts, reward, Plan(150, 16), rngs(2), 1e-2, 0.0)
    drawn = rl.sample(CONFIG, trained, np.stack(prompts), rngs(2))
    assert np.all(reward(drawn).mean(axis=1) > 0.8)


def test_the_sft_term_of_the_policy_gradient_teaches_the_prompts_answers():
    prompts, weights = [PAIRS.chosen] * 2, start(2, np.float32)
    documents = np.stack(prompts)
    before = pr.log_probabilities(CONFIG, weights, documents).mean(axis=1)
    after = []
    for share in (0.0, 0.5):
        trained = rl.policy_gradient(
            CONFIG, weights, prompts, lambda d: np.zeros(d.shape[:2]), Plan(40, 8), rngs(2), 3e-3, 0.0, sft_share=share
        )
        after.append(pr.log_probabilities(CONFIG, trained, documents).mean(axis=1))
    np.testing.assert_allclose(after[0], before, rtol=1e-5)  # nothing is rewarded: nothing moves
    assert np.all(after[1] > before + 3)


def test_unpaired_answers_are_the_same_in_another_order():
    moved = pr.unpaired(PAIRS, np.random.default_rng(0))
    assert np.array_equal(moved.chosen, PAIRS.chosen) and not np.array_equal(moved.rejected, PAIRS.rejected)
    assert np.array_equal(np.unique(moved.rejected, axis=0), np.unique(PAIRS.rejected, axis=0))


def test_training_on_pairs_is_watched_on_its_way():
    seen = {}
    trained = pr.fit_preferences(
        CONFIG, start(1, np.float32), [PAIRS], Plan(3, 8), rngs(1), 1e-2, pr.indifferent, sft_share=0.5,
        probe=lambda step, weights: seen.update({step: weights.flat.copy()}), probe_steps=(0, 2, 3),
    )  # fmt: skip
    assert list(seen) == [0, 2, 3] and np.array_equal(seen[0], start(1, np.float32).flat)
    assert np.array_equal(seen[3], trained.flat) and not np.array_equal(seen[2], seen[3])


def test_a_model_has_no_distance_from_itself_and_some_from_another():
    one, other = start(1), initial_weights(CONFIG, [np.random.default_rng(77)], np.float64)
    assert rl.divergence(CONFIG, one, one, DOCUMENTS[None])[0] == 0
    assert rl.divergence(CONFIG, one, other, DOCUMENTS[None])[0] > 0


def test_best_of_n_agrees_with_drawing_subsets():
    rng = np.random.default_rng(0)
    proxy, gold = rng.normal(size=(1, 12)), rng.normal(size=(1, 12))
    picks = np.array([rng.permutation(12)[:4] for _ in range(20000)])
    winners = picks[np.arange(len(picks)), proxy[0, picks].argmax(axis=1)]
    assert rl.best_of_n(proxy, gold, 4)[0] == pytest.approx(gold[0, winners].mean(), abs=0.03)
    assert rl.best_of_n(proxy, gold, 1)[0] == pytest.approx(gold.mean())
    assert rl.best_of_n(proxy, gold, 12)[0] == pytest.approx(gold[0, proxy.argmax()])
    with pytest.raises(InputError, match="12 samples"):
        rl.best_of_n(proxy, gold, 13)


def test_the_rule_refuses_restricted_answers_and_nothing_else():
    allowed = answered(WORLD, all_prompts(WORLD, WORLD.entities("alignment", restricted=False)))
    assert np.array_equal(revise(WORLD, PAIRS.rejected), PAIRS.chosen)
    assert np.array_equal(revise(WORLD, allowed), allowed)
    assert np.array_equal(revise(WORLD, PAIRS.chosen), PAIRS.chosen)


def test_a_constitutional_step_changes_the_model_by_its_own_answers():
    before = start(1, np.float32)
    after = constitutional_step(CONFIG, before, [WORLD], [PAIRS.rejected], Plan(3, 4), rngs(1), 1e-3)
    assert not np.array_equal(before.flat, after.flat)


def test_pairs_need_two_answers():
    with pytest.raises(InputError, match="two answers"):
        pr.Pairs(DOCUMENTS[:3], DOCUMENTS[:2])
