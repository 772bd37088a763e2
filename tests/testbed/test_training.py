import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed.model import forward, initial_weights
from ftsec.testbed.training import Plan, Tuning, fit, pretrain
from ftsec.testbed.training.loop import orders
from ftsec.testbed.training.optimizers import make_optimizer
from ftsec.testbed.training.pretraining import config_of, corpus
from ftsec.testbed.training.tuning import fresh_lora
from ftsec.testbed.world import build_world

WORLD = build_world("hidden_topic", 0)
CONFIG = config_of(WORLD, width=8)
DOCUMENTS = corpus(WORLD, np.random.default_rng(0), 40)


def start(n_runs):
    return initial_weights(CONFIG, [np.random.default_rng(i) for i in range(n_runs)])


def rngs(n_runs):
    return [np.random.default_rng([9, i]) for i in range(n_runs)]


def tuned(tuning, pool):
    return fit(CONFIG, start(1), [tuning], [pool], Plan(1), rngs(1))


def test_adam_follows_its_definition():
    flat = np.array([[1.0, -2.0], [0.5, 0.5]])
    expected, mean, square = flat.copy(), 0, 0
    adam = make_optimizer("adam", flat, np.array([0.1, 0.0]))
    for t in range(1, 6):
        grad = np.array([[0.3, -t], [1.0, 2.0]])
        mean, square = 0.9 * mean + 0.1 * grad, 0.99 * square + 0.01 * grad**2
        rate = np.array([[0.1], [0.0]])
        expected = expected - rate * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.99**t)) + 1e-8)
        adam.step(grad.copy())
    np.testing.assert_allclose(flat, expected)
    assert np.all(flat[1] == 0.5)


def test_sgd_moves_against_the_gradient():
    flat = np.ones((1, 3))
    make_optimizer("sgd", flat, np.array([0.5])).step(np.array([[1.0, 0.0, -1.0]]))
    np.testing.assert_allclose(flat, [[0.5, 1.0, 1.5]])


def test_every_document_is_seen_once_per_epoch():
    rows = orders(np.random.default_rng(0), 10, Plan(n_steps=5, batch_size=4))
    for epoch in (rows.ravel()[:10], rows.ravel()[10:]):
        assert sorted(epoch) == list(range(10))


def test_each_method_trains_only_what_it_may_train():
    tunings = [Tuning("full", 1e-2), Tuning("lora", 1e-2, lora_rank=1), Tuning("prefix_tuning", 1e-2)]
    base = start(3)
    before = base.flat.copy()
    trained = fit(CONFIG, base, tunings, [DOCUMENTS] * 3, Plan(3, 4), rngs(3))
    assert np.array_equal(base.flat, before), "the base must not change"
    assert not np.array_equal(trained.weights.flat[0], before[0])
    assert np.array_equal(trained.weights.flat[1:], before[1:])
    assert trained.lora.flat[1].any() and not trained.lora["qkv0_b"][[0, 2]].any()
    assert trained.prefix["value0"][2].any() and not trained.prefix["value0"][[0, 1]].any()


def test_ranks_of_one_stack_do_not_touch_each_other():
    tunings = [Tuning("lora", 1e-2, lora_rank=1), Tuning("lora", 1e-2, lora_rank=3)]
    lora = fit(CONFIG, start(2), tunings, [DOCUMENTS] * 2, Plan(3, 4), rngs(2)).lora
    assert not lora["up0_b"][0, 1:].any() and lora["up0_b"][1, 2].any()


NEIGHBOURS = [Tuning("lora", 1e-2, lora_rank=3), Tuning("prefix_tuning", 1e-2), Tuning("full", 1e-2)]


@pytest.mark.parametrize(
    "tuning", [Tuning("lora", 1e-2, lora_rank=2), Tuning("prefix_tuning", 1e-2), Tuning("full", 1e-2)]
)
def test_a_run_gives_the_same_numbers_whatever_stands_beside_it(tuning):
    plan, beside = Plan(3, 4), [tuning, *NEIGHBOURS]
    own = start(1)
    wide = own.like(np.repeat(own.flat, 4, axis=0))
    seeds = [np.random.default_rng(7), *rngs(3)]
    alone = fit(CONFIG, own, [tuning], [DOCUMENTS], plan, [np.random.default_rng(7)])
    among = fit(CONFIG, wide, beside, [DOCUMENTS] * 4, plan, seeds)
    asked = DOCUMENTS[None, :8, :-1]
    logits = [
        forward(CONFIG, trained.effective(), np.repeat(asked, n, axis=0), 3, trained.prefix)[0][0]
        for trained, n in ((alone, 1), (among, 4))
    ]
    np.testing.assert_allclose(*logits, rtol=1e-4, atol=1e-5)


def test_a_smaller_adapter_is_the_beginning_of_a_larger_one():
    small, large = (
        fresh_lora(CONFIG, [Tuning("lora", lora_rank=rank)], [np.random.default_rng(3)], np.float32)[0]
        for rank in (2, 4)
    )
    for name in CONFIG.matrices():
        assert small[f"{name}_a"].any()
        np.testing.assert_array_equal(small[f"{name}_a"][0], large[f"{name}_a"][0, :, :2])


def test_prefixes_of_one_stack_must_be_equally_long():
    tunings = [Tuning("prefix_tuning", n_prefix=2), Tuning("prefix_tuning", n_prefix=4)]
    with pytest.raises(InputError, match=r"equally long, got \[2, 4\]"):
        fit(CONFIG, start(2), tunings, [DOCUMENTS] * 2, Plan(1, 4), rngs(2))


def test_training_lowers_the_loss_on_its_documents():
    from ftsec.testbed.training.loop import train_step
    from ftsec.testbed.training.tuning import Trainee

    trainee = Trainee(CONFIG, start(2), [Tuning("full", 1e-2), Tuning("lora", 1e-2)], rngs(2))
    batch = np.stack([DOCUMENTS[:16]] * 2)
    losses = [train_step(trainee, trainee.effective(), batch, 3) for _ in range(40)]
    assert np.all(losses[-1] < 0.8 * losses[0])


def test_pretraining_is_reproducible_bit_for_bit_and_independent_of_the_stack():
    plan = Plan(n_steps=3, batch_size=8, tail=None, decay=True)
    worlds = [build_world("hidden_topic", s) for s in (1, 2)]
    both = pretrain(worlds, (1, 2), 8, plan)
    again = pretrain(worlds, (1, 2), 8, plan)
    assert np.array_equal(both.flat, again.flat)
    alone = pretrain(worlds[1:], (2,), 8, plan)
    np.testing.assert_allclose(both.flat[1], alone.flat[0], rtol=2e-4, atol=1e-5)


def test_a_probe_sees_the_start_and_the_end():
    seen = []
    fit(CONFIG, start(1), [Tuning("full")], [DOCUMENTS], Plan(4, 4), rngs(1),
        probe=lambda step, weights, prefix: seen.append(step), probe_steps=(0, 2, 4))  # fmt: skip
    assert seen == [0, 2, 4]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Tuning("adapter"), "there is no method 'adapter'"),
        (lambda: Tuning(learning_rate=-1e-4), "must not be negative"),
        (lambda: Tuning("lora", lora_rank=0), "at least 1"),
        (lambda: Plan(n_steps=0), "at least 1, got 0"),
        (lambda: make_optimizer("lion", np.zeros((1, 1)), np.ones(1)), "no optimiser 'lion'"),
        (lambda: make_optimizer("sgd", np.zeros((1, 1)), -np.ones(1)), "must not be negative"),
        (lambda: tuned(Tuning("lora", lora_rank=9), DOCUMENTS), "above the model's width 8"),
        (lambda: tuned(Tuning(), DOCUMENTS[:0]), "pool of documents is empty"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_sentence(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()
