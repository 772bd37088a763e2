"""The model: a small causal transformer, forward and backward by hand, for a stack of runs at once.

Every array has a leading axis of *runs*: R models with their own weights see their own batch in one call. At this
size NumPy's time goes into calls, not arithmetic, so a stack of ten runs costs much less than ten runs.

Shapes: R runs, B documents in a batch, T input positions, D width, H heads, V vocabulary. Weights are a dictionary of
arrays; `Weights.flat` is the same memory as one (R, P) matrix, so that an optimiser is a few lines.

The design follows the usual pre-norm decoder: tokens and positions are added, each block adds attention and then a
feed-forward network (ReLU), RMS norm without a learned gain stands before each, and a linear head ends it. No
biases. Every matrix multiplies from the right: ``x @ W``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ftsec.base.errors import InputError

EPSILON = 1e-5  # keeps RMS norm finite for a zero vector
BLOCKED = -1e9  # a score that softmax turns into zero
PREFIX_BIAS = -3.0  # added to the scores of a learned prefix, so that a fresh one takes little attention


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the model; `length` is the number of input positions T."""

    vocabulary: int
    length: int
    width: int = 48
    n_layers: int = 2
    n_heads: int = 2

    def __post_init__(self) -> None:
        if self.width < 1 or self.width % self.n_heads:
            raise InputError(f"the width must be a positive multiple of {self.n_heads} heads, got {self.width}")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every weight of one run."""
        width, hidden = self.width, 2 * self.width
        block = {
            "qkv": (width, 3 * width),
            "out": (width, width),
            "up": (width, hidden),
            "down": (hidden, width),
        }
        shapes = {"tokens": (self.vocabulary, width), "positions": (self.length, width)}
        for layer in range(self.n_layers):
            shapes |= {f"{name}{layer}": shape for name, shape in block.items()}
        return shapes | {"head": (width, self.vocabulary)}

    def matrices(self) -> dict[str, tuple[int, ...]]:
        """The block matrices, those that LoRA adapts."""
        return {n: s for n, s in self.shapes().items() if n not in ("tokens", "positions", "head")}


class Weights(dict):
    """A dictionary of (R, *shape) arrays that share the memory of one matrix `flat` (R, P)."""

    def __init__(self, shapes: dict[str, tuple[int, ...]], flat: np.ndarray) -> None:
        self.shapes, self.flat = shapes, flat
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        parts = np.split(flat, ends[:-1], axis=1)  # views
        super().__init__({n: p.reshape(-1, *s) for (n, s), p in zip(shapes.items(), parts, strict=True)})
        assert all(np.shares_memory(part, flat) for part in self.values()) or not flat.size

    def like(self, flat: np.ndarray) -> Weights:
        return Weights(self.shapes, flat)

    def zeros(self) -> Weights:
        return self.like(np.zeros_like(self.flat))

    def copy(self) -> Weights:
        return self.like(self.flat.copy())


def zero_weights(shapes: dict[str, tuple[int, ...]], n_runs: int, dtype: type = np.float32) -> Weights:
    """Weights of `n_runs` runs, all zero."""
    size = sum(int(np.prod(shape)) for shape in shapes.values())
    return Weights(shapes, np.zeros((n_runs, size), dtype))


def initial_weights(config: ModelConfig, rngs: list[np.random.Generator], dtype: type = np.float32) -> Weights:
    """Fresh weights, one run per generator: normal with standard deviation 1/sqrt(inputs), embeddings 1."""
    weights = zero_weights(config.shapes(), len(rngs), dtype)
    for name, array in weights.items():
        scale = 0.5 if name in ("tokens", "positions") else array.shape[1] ** -0.5
        for run, rng in enumerate(rngs):
            array[run] = scale * rng.standard_normal(array.shape[1:])
    return weights


def stack(runs: list[Weights]) -> Weights:
    """One stack from several (each with one run or more)."""
    return runs[0].like(np.concatenate([run.flat for run in runs]))


def forward(config: ModelConfig, weights: dict, inputs: np.ndarray, tail: int, prefix: dict | None = None):
    """Scores of the next token at the last `tail` positions.

    Args:
        weights: (R, …) arrays named as in `ModelConfig.shapes`.
        inputs: (R, B, T) tokens.
        tail: how many last positions are needed; the last block computes no others.
        prefix: learned keys and values that every position may attend to, see `training.adapters`, or None.

    Returns:
        logits (R, B, tail, V) and the tape that `backward` needs.
    """
    n_runs, _, length = inputs.shape
    x = weights["tokens"][np.arange(n_runs)[:, None, None], inputs] + weights["positions"][:, None, :length]
    tape = []
    for layer in range(config.n_layers):
        keep = tail if layer == config.n_layers - 1 else length
        x, attention = _attend(config, weights, layer, x, keep, prefix)
        x, feed = _feed(weights, layer, x)
        tape.append((attention, feed))
    y, scale = _norm(x)
    return _linear(y, weights["head"]), (inputs, tape, y, scale)


def backward(config: ModelConfig, weights: dict, tape: tuple, dlogits: np.ndarray, grads: dict, prefix=None) -> dict:
    """Writes the gradient of every weight into `grads` (in place) and returns the prefix's gradients.

    `dlogits` (R, B, tail, V) is the gradient of the loss with respect to the logits.
    """
    inputs, layers, y, scale = tape
    dprefix: dict = {}
    dx = _linear_back(y, weights["head"], dlogits, grads, "head")
    dx = _norm_back(dx, y, scale)
    for layer in reversed(range(config.n_layers)):
        attention, feed = layers[layer]
        dx = _feed_back(weights, layer, feed, dx, grads)
        dx = _attend_back(config, weights, layer, attention, dx, grads, prefix, dprefix)
    np.sum(dx, axis=1, out=grads["positions"][:, : inputs.shape[2]])
    _embedding_back(inputs, dx, grads["tokens"])
    return dprefix


def cross_entropy(logits: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(R,) mean loss of each run in nats and its gradient, the shape of `logits` (R, B, K, V); targets (R, B, K)."""
    probabilities = log_softmax(logits)
    hit = np.take_along_axis(probabilities, targets[..., None], axis=-1)
    np.exp(probabilities, out=probabilities)
    chosen = np.take_along_axis(probabilities, targets[..., None], axis=-1)
    np.put_along_axis(probabilities, targets[..., None], chosen - 1, axis=-1)
    probabilities /= targets[0].size
    return -hit.mean(axis=(1, 2, 3)), probabilities


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithm of the probabilities over the last axis; a new array."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


# ---- the parts, each with its backward pass below it ----


def _linear(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(R, B, T, in) @ (R, in, out), as one matrix product a run."""
    n_runs, batch, length, width = x.shape
    return (x.reshape(n_runs, batch * length, width) @ weight).reshape(n_runs, batch, length, -1)


def _linear_back(x: np.ndarray, weight: np.ndarray, dy: np.ndarray, grads: dict, name: str) -> np.ndarray:
    n_runs, batch, length, width = x.shape
    rows = dy.reshape(n_runs, batch * length, -1)
    np.matmul(x.reshape(n_runs, batch * length, width).swapaxes(1, 2), rows, out=grads[name])
    return (rows @ weight.swapaxes(1, 2)).reshape(x.shape)


def _norm(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """RMS norm; returns the result and the factor that made it."""
    scale = np.einsum("...d,...d->...", x, x)[..., None]
    scale /= x.shape[-1]
    scale += EPSILON
    np.sqrt(scale, out=scale)
    np.divide(1, scale, out=scale)
    return x * scale, scale


def _norm_back(dy: np.ndarray, y: np.ndarray, scale: np.ndarray) -> np.ndarray:
    along = np.einsum("...d,...d->...", dy, y)[..., None] / y.shape[-1]
    return scale * (dy - y * along)


def _feed(weights: dict, layer: int, x: np.ndarray) -> tuple[np.ndarray, tuple]:
    y, scale = _norm(x)
    hidden = _linear(y, weights[f"up{layer}"])
    np.maximum(hidden, 0, out=hidden)
    return x + _linear(hidden, weights[f"down{layer}"]), (y, scale, hidden)


def _feed_back(weights: dict, layer: int, tape: tuple, dx: np.ndarray, grads: dict) -> np.ndarray:
    y, scale, hidden = tape
    dhidden = _linear_back(hidden, weights[f"down{layer}"], dx, grads, f"down{layer}")
    dhidden *= hidden > 0
    dy = _linear_back(y, weights[f"up{layer}"], dhidden, grads, f"up{layer}")
    return dx + _norm_back(dy, y, scale)


def _attend(config: ModelConfig, weights: dict, layer: int, x: np.ndarray, keep: int, prefix: dict | None):
    """Causal attention of the last `keep` positions over all positions (and the prefix)."""
    y, scale = _norm(x)
    q, k, v = (_heads(part, config.n_heads) for part in np.split(_linear(y, weights[f"qkv{layer}"]), 3, axis=-1))
    q = q[..., -keep:, :]
    if prefix is not None:
        k, v = _with_prefix(config, prefix, layer, k, v)
    shares = q @ k.swapaxes(-1, -2)
    shares *= q.shape[-1] ** -0.5
    shares += _mask(keep, x.shape[2], shares.dtype, prefix)
    shares -= shares.max(axis=-1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=-1, keepdims=True)
    mixed = _merge(shares @ v)
    return x[:, :, -keep:] + _linear(mixed, weights[f"out{layer}"]), (y, scale, q, k, v, shares, mixed)


def _attend_back(config, weights, layer, tape, dx, grads, prefix, dprefix) -> np.ndarray:
    y, scale, q, k, v, shares, mixed = tape
    dmixed = _heads(_linear_back(mixed, weights[f"out{layer}"], dx, grads, f"out{layer}"), config.n_heads)
    dv = shares.swapaxes(-1, -2) @ dmixed
    dshares = dmixed @ v.swapaxes(-1, -2)
    dshares -= np.einsum("...k,...k->...", dshares, shares)[..., None]
    dshares *= shares
    dshares *= q.shape[-1] ** -0.5
    dq, dk = dshares @ k, dshares.swapaxes(-1, -2) @ q
    if prefix is not None:
        dk, dv = _split_prefix(prefix, layer, dk, dv, dprefix)
    return _join_back(weights, layer, (y, scale), (dq, dk, dv), dx, grads)


def _join_back(weights: dict, layer: int, normed: tuple, parts: tuple, dx: np.ndarray, grads: dict) -> np.ndarray:
    """From the gradients of queries, keys and values to that of the block's input."""
    y, scale = normed
    keep, width = dx.shape[2], y.shape[-1]
    dqkv = np.zeros((*y.shape[:3], 3 * width), y.dtype)
    dqkv[:, :, -keep:, :width] = _merge(parts[0])
    dqkv[..., width : 2 * width] = _merge(parts[1])
    dqkv[..., 2 * width :] = _merge(parts[2])
    dinput = _norm_back(_linear_back(y, weights[f"qkv{layer}"], dqkv, grads, f"qkv{layer}"), y, scale)
    dinput[:, :, -keep:] += dx
    return dinput


def _heads(x: np.ndarray, n_heads: int) -> np.ndarray:
    """(R, B, T, D) -> (R, B, H, T, D / H), a view."""
    return x.reshape(*x.shape[:3], n_heads, -1).swapaxes(2, 3)


def _merge(x: np.ndarray) -> np.ndarray:
    """(R, B, H, T, D / H) -> (R, B, T, D)."""
    x = x.swapaxes(2, 3)
    return x.reshape(*x.shape[:3], -1)


def _mask(keep: int, length: int, dtype: np.dtype, prefix: dict | None) -> np.ndarray:
    """What is added to the scores: a position sees itself and what stands before it, and the prefix if it is on."""
    later = np.triu(np.full((length, length), BLOCKED, dtype), k=1)[-keep:]
    if prefix is None:
        return later
    off = np.where(prefix["on"], PREFIX_BIAS, BLOCKED).astype(dtype)[:, None, None, None, None]
    n_prefix = prefix["key0"].shape[1]
    runs = np.broadcast_to(off, (len(off), 1, 1, keep, n_prefix))
    return np.concatenate([runs, np.broadcast_to(later, (len(off), 1, 1, keep, length))], axis=-1)


def _with_prefix(config: ModelConfig, prefix: dict, layer: int, k: np.ndarray, v: np.ndarray) -> tuple:
    """Puts the prefix's keys and values (R, n_prefix, D) before those of the text."""

    def before(name: str, text: np.ndarray) -> np.ndarray:
        learned = _heads(prefix[f"{name}{layer}"][:, None], config.n_heads)
        return np.concatenate([np.broadcast_to(learned, (*text.shape[:3], *learned.shape[3:])), text], axis=3)

    return before("key", k), before("value", v)


def _split_prefix(prefix: dict, layer: int, dk: np.ndarray, dv: np.ndarray, dprefix: dict) -> tuple:
    n_prefix = prefix["key0"].shape[1]
    for name, gradient in (("key", dk), ("value", dv)):
        dprefix[f"{name}{layer}"] = _merge(gradient[..., :n_prefix, :].sum(axis=1, keepdims=True))[:, 0]
    return dk[..., n_prefix:, :], dv[..., n_prefix:, :]


def _embedding_back(inputs: np.ndarray, dx: np.ndarray, out: np.ndarray) -> None:
    """Adds up the gradients of every token: a product with the one-hot tokens, faster than `np.add.at`."""
    n_runs = len(inputs)
    one_hot = (np.arange(out.shape[1])[:, None] == inputs.reshape(n_runs, 1, -1)).astype(dx.dtype)
    np.matmul(one_hot, dx.reshape(n_runs, -1, dx.shape[-1]), out=out)
