"""Gradients are checked twice: against finite differences and against autograd on an independent forward pass."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from ftsec.base.errors import InputError
from ftsec.testbed.model import (
    EPSILON,
    PREFIX_BIAS,
    ModelConfig,
    backward,
    cross_entropy,
    forward,
    initial_weights,
    log_softmax,
    stack,
)
from ftsec.testbed.training.tuning import LORA_SCALE, Trainee, Tuning, apply_lora, fresh_lora, lora_backward

CONFIG = ModelConfig(vocabulary=13, length=6, width=8)


def problem(n_runs=2, batch=3):
    rng = np.random.default_rng(0)
    weights = initial_weights(CONFIG, [np.random.default_rng(i) for i in range(n_runs)], np.float64)
    return weights, rng.integers(CONFIG.vocabulary, size=(n_runs, batch, CONFIG.length + 1))


def loss_and_grads(weights, documents, tail, prefix=None):
    logits, tape = forward(CONFIG, weights, documents[..., :-1], tail, prefix)
    loss, dlogits = cross_entropy(logits, documents[..., -tail:])
    grads = weights.zeros()
    dprefix = backward(CONFIG, weights, tape, dlogits, grads, prefix)
    return loss, grads, dprefix


def reference_loss(weights, documents, tail, prefix=None):
    """The same model for one run, written for autograd without stacking, tapes or shortcuts."""
    inputs = documents[:, :-1]
    x = weights["tokens"][inputs] + weights["positions"]

    def norm(x):
        return x / anp.sqrt(anp.mean(x**2, axis=-1, keepdims=True) + EPSILON)

    size = CONFIG.width // CONFIG.n_heads
    causal = anp.where(np.tril(np.ones((CONFIG.length, CONFIG.length))) > 0, 0.0, -1e9)
    for layer in range(CONFIG.n_layers):
        qkv = anp.dot(norm(x), weights[f"qkv{layer}"])
        heads = []
        for head in range(CONFIG.n_heads):
            columns = slice(head * size, (head + 1) * size)
            q, k, v = (qkv[..., part * CONFIG.width :][..., columns] for part in range(3))
            scores = anp.matmul(q, anp.transpose(k, (0, 2, 1))) / np.sqrt(size) + causal
            if prefix is not None:
                before = anp.matmul(q, prefix[f"key{layer}"][:, columns].T) / np.sqrt(size) + PREFIX_BIAS
                scores = anp.concatenate([before, scores], axis=-1)
                extra = prefix[f"value{layer}"][:, columns]
                v = anp.concatenate([anp.stack([extra] * len(inputs)), v], axis=1)
            shares = anp.exp(scores - anp.max(scores, axis=-1, keepdims=True))
            heads.append(anp.matmul(shares / anp.sum(shares, axis=-1, keepdims=True), v))
        x = x + anp.dot(anp.concatenate(heads, axis=-1), weights[f"out{layer}"])
        x = x + anp.dot(anp.maximum(anp.dot(norm(x), weights[f"up{layer}"]), 0), weights[f"down{layer}"])
    logits = anp.dot(norm(x)[:, -tail:], weights["head"])
    scores = logits - anp.log(anp.sum(anp.exp(logits), axis=-1, keepdims=True))
    rows, columns = np.indices(documents[:, -tail:].shape)
    return -anp.mean(scores[rows, columns, documents[:, -tail:]])


@pytest.mark.parametrize("tail", [1, 3, 6])
def test_gradient_agrees_with_autograd(tail):
    weights, documents = problem()
    loss, grads, _ = loss_and_grads(weights, documents, tail)
    for run in range(2):
        single = {name: array[run] for name, array in weights.items()}
        value, expected = autograd.value_and_grad(reference_loss)(single, documents[run], tail)
        assert loss[run] == pytest.approx(value, rel=1e-12)
        for name in single:
            np.testing.assert_allclose(grads[name][run], expected[name], rtol=1e-8, atol=1e-11, err_msg=name)


def test_gradient_agrees_with_finite_differences():
    weights, documents = problem(n_runs=1)
    _, grads, _ = loss_and_grads(weights, documents, 3)
    rng, step = np.random.default_rng(1), 1e-6
    for index in rng.choice(weights.flat.shape[1], 60, replace=False):
        changed = []
        for sign in (1, -1):
            moved = weights.copy()
            moved.flat[0, index] += sign * step
            changed.append(loss_and_grads(moved, documents, 3)[0][0])
        assert grads.flat[0, index] == pytest.approx((changed[0] - changed[1]) / (2 * step), rel=1e-4, abs=1e-8)


def test_prefix_gradient_agrees_with_autograd_and_is_off_where_it_should_be():
    weights, documents = problem()
    rngs = [np.random.default_rng(i) for i in range(2)]
    tunings = [Tuning("prefix_tuning", n_prefix=3), Tuning("full")]
    trainee = Trainee(CONFIG, weights, tunings, rngs)
    trainee.prefix.flat[:] = np.random.default_rng(5).standard_normal(trainee.prefix.flat.shape)
    loss, _, dprefix = loss_and_grads(weights, documents, 3, trainee.prefix)
    single = {name: array[0] for name, array in weights.items()}
    prefix = {name: array[0] for name, array in trainee.prefix.items() if name != "on"}
    value, expected = autograd.value_and_grad(lambda p: reference_loss(single, documents[0], 3, p))(prefix)
    assert loss[0] == pytest.approx(value, rel=1e-12)
    for name in prefix:
        np.testing.assert_allclose(dprefix[name][0], expected[name], rtol=1e-8, atol=1e-11)
        assert np.all(dprefix[name][1] == 0)
    assert loss[1] == pytest.approx(loss_and_grads(weights, documents, 3)[0][1], rel=1e-12)


def test_lora_gradient_is_the_exact_chain_rule():
    weights, documents = problem(n_runs=1)
    lora, used = fresh_lora(CONFIG, [Tuning("lora", lora_rank=2)], [np.random.default_rng(0)], np.float64)
    lora.flat[:] = 0.3 * np.random.default_rng(1).standard_normal(lora.flat.shape)
    merged = apply_lora(CONFIG, weights, lora)
    logits, tape = forward(CONFIG, merged, documents[..., :-1], 3)
    grads, out = weights.zeros(), lora.zeros()
    backward(CONFIG, merged, tape, cross_entropy(logits, documents[..., -3:])[1], grads)
    lora_backward(CONFIG, lora, grads, out, used)

    def loss(parts):
        single = {name: array[0] for name, array in weights.items()}
        for name in CONFIG.matrices():
            single[name] = single[name] + LORA_SCALE * anp.dot(parts[f"{name}_a"], parts[f"{name}_b"])
        return reference_loss(single, documents[0], 3)

    expected = autograd.grad(loss)({name: array[0] for name, array in lora.items()})
    for name, value in expected.items():
        np.testing.assert_allclose(out[name][0], value, rtol=1e-8, atol=1e-11)


def test_a_stack_computes_what_its_runs_compute_alone():
    weights, documents = problem(n_runs=3)
    together, _ = forward(CONFIG, weights, documents[..., :-1], 3)
    for run in range(3):
        alone, _ = forward(CONFIG, weights.like(weights.flat[run : run + 1]), documents[run : run + 1, :, :-1], 3)
        np.testing.assert_allclose(together[run], alone[0], rtol=1e-12)
    joined = stack([weights.like(weights.flat[i : i + 1]) for i in range(3)])
    assert np.array_equal(joined.flat, weights.flat)


def test_the_future_is_invisible_and_the_tail_is_only_a_shortcut():
    weights, documents = problem()
    whole, _ = forward(CONFIG, weights, documents[..., :-1], 6)
    tail, _ = forward(CONFIG, weights, documents[..., :-1], 2)
    np.testing.assert_allclose(whole[:, :, -2:], tail, rtol=1e-10)
    changed = documents[..., :-1].copy()
    changed[..., -1] = (changed[..., -1] + 1) % CONFIG.vocabulary
    np.testing.assert_allclose(forward(CONFIG, weights, changed, 6)[0][:, :, :-1], whole[:, :, :-1], rtol=1e-10)


def test_probabilities_sum_to_one():
    logits = np.random.default_rng(0).standard_normal((2, 3, 4)) * 50
    np.testing.assert_allclose(np.exp(log_softmax(logits)).sum(axis=-1), 1)


def test_a_width_that_the_heads_cannot_share_is_refused():
    with pytest.raises(InputError, match="multiple of 2 heads, got 7"):
        ModelConfig(vocabulary=5, length=4, width=7)
