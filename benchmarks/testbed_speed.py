"""Training steps per second and memory: the testbed's model against the same model in autograd, in one run.

Run it with: python benchmarks/testbed_speed.py [--steps 40]
The autograd version computes one run at a time, as its users would write it; both use one thread and the same sizes.
"""

from __future__ import annotations

import argparse
import os
import time
import tracemalloc

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import autograd  # noqa: E402
import autograd.numpy as anp  # noqa: E402
import numpy as np  # noqa: E402

from ftsec.testbed.model import EPSILON, initial_weights  # noqa: E402
from ftsec.testbed.training.loop import train_step  # noqa: E402
from ftsec.testbed.training.pretraining import config_of, corpus  # noqa: E402
from ftsec.testbed.training.tuning import Trainee, Tuning  # noqa: E402
from ftsec.testbed.world import build_world  # noqa: E402

TAIL = 3


def autograd_loss(config, weights: dict, documents: np.ndarray):
    """Loss of one run; the same model, written for autograd."""
    x = weights["tokens"][documents[:, :-1]] + weights["positions"]
    causal = np.where(np.tril(np.ones((config.length,) * 2)) > 0, 0.0, -1e9).astype(np.float32)
    for layer in range(config.n_layers):
        x = x + _attention(config, _norm(x), weights[f"qkv{layer}"], weights[f"out{layer}"], causal)
        x = x + anp.matmul(anp.maximum(anp.matmul(_norm(x), weights[f"up{layer}"]), 0), weights[f"down{layer}"])
    logits = anp.matmul(_norm(x)[:, -TAIL:], weights["head"])
    scores = logits - anp.log(anp.sum(anp.exp(logits), axis=-1, keepdims=True))
    rows, columns = np.indices(documents[:, -TAIL:].shape)
    return -anp.mean(scores[rows, columns, documents[:, -TAIL:]])


def _norm(x):
    return x / anp.sqrt(anp.mean(x * x, axis=-1, keepdims=True) + EPSILON)


def _attention(config, y, qkv, out, causal):
    batch, length, width = y.shape
    parts = anp.reshape(anp.matmul(y, qkv), (batch, length, 3, config.n_heads, width // config.n_heads))
    q, k, v = (anp.transpose(parts[:, :, i], (0, 2, 1, 3)) for i in range(3))
    scores = anp.matmul(q, anp.transpose(k, (0, 1, 3, 2))) * (q.shape[-1] ** -0.5) + causal
    shares = anp.exp(scores - anp.max(scores, axis=-1, keepdims=True))
    mixed = anp.matmul(shares / anp.sum(shares, axis=-1, keepdims=True), v)
    return anp.matmul(anp.reshape(anp.transpose(mixed, (0, 2, 1, 3)), (batch, length, width)), out)


def time_testbed(config, documents: np.ndarray, n_runs: int, steps: int) -> float:
    """Steps per second and run."""
    rngs = [np.random.default_rng(i) for i in range(n_runs)]
    trainee = Trainee(config, initial_weights(config, rngs), [Tuning(learning_rate=1e-4)] * n_runs, rngs)
    batch = np.stack([documents] * n_runs)
    train_step(trainee, trainee.effective(), batch, TAIL)
    start = time.process_time()
    for _ in range(steps):
        train_step(trainee, trainee.effective(), batch, TAIL)
    return steps * n_runs / (time.process_time() - start)


def time_autograd(config, documents: np.ndarray, steps: int) -> float:
    """Steps per second of one run, Adam included."""
    stack = initial_weights(config, [np.random.default_rng(0)])
    weights = {name: array[0] for name, array in stack.items()}
    moments = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in weights.items()}
    gradient = autograd.grad(lambda w: autograd_loss(config, w, documents))
    gradient(weights)
    start = time.process_time()
    for t in range(1, steps + 1):
        for name, grad in gradient(weights).items():
            mean, square = moments[name]
            mean += 0.1 * (grad - mean)
            square += 0.01 * (grad * grad - square)
            weights[name] -= 1e-4 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.99**t)) + 1e-8)
    return steps / (time.process_time() - start)


def peak_megabytes(work) -> float:
    """Largest memory that Python and NumPy held during `work`."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40)
    steps = parser.parse_args().steps
    world = build_world("hidden_topic", 0)
    config, documents = config_of(world), corpus(world, np.random.default_rng(0), 16)
    rivals = {f"testbed, stack of {n}": lambda s, n=n: time_testbed(config, documents, n, s) for n in (1, 4, 8, 16)}
    rivals["autograd"] = lambda s: time_autograd(config, documents, s)
    speeds = {name: max(run(steps) for _ in range(3)) for name, run in rivals.items()}
    print(f"{'batch of 16, one thread':24s} {'steps/s and run':>16s} {'x autograd':>11s} {'peak MB':>8s}")
    for name, speed in speeds.items():
        memory = peak_megabytes(lambda name=name: rivals[name](2))
        print(f"{name:24s} {speed:16.0f} {speed / speeds['autograd']:11.1f} {memory:8.1f}")


if __name__ == "__main__":
    main()
