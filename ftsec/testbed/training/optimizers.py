"""Optimisers on flat (R, P) matrices: a row is a run, and every run has its own learning rate."""

from __future__ import annotations

import numpy as np

from ftsec.base.errors import InputError

OPTIMIZERS = ("adam", "sgd")


class Adam:
    """Adam (Kingma and Ba 2015) without weight decay.

    Args:
        flat: (R, P) the parameters; `step` changes them in place.
        learning_rate: (R,) one for each run; 0 freezes a run.
    """

    def __init__(self, flat: np.ndarray, learning_rate: np.ndarray, betas=(0.9, 0.99), epsilon: float = 1e-8):
        self.flat, self.betas, self.epsilon = flat, betas, epsilon
        self.learning_rate = np.asarray(learning_rate, flat.dtype)[:, None]
        self.mean, self.square = np.zeros_like(flat), np.zeros_like(flat)
        self._room = np.empty_like(flat)
        self.t = 0

    def step(self, grad: np.ndarray, factor: float = 1.0) -> None:
        """One update with `factor` times the learning rate; `grad` (R, P) is used up."""
        self.t += 1
        first, second = self.betas
        self.mean *= first
        self.mean += np.multiply(grad, 1 - first, out=self._room)
        self.square *= second
        np.multiply(grad, grad, out=grad)
        self.square += np.multiply(grad, 1 - second, out=self._room)
        np.multiply(self.square, 1 / (1 - second**self.t), out=self._room)
        np.sqrt(self._room, out=self._room)
        self._room += self.epsilon
        np.divide(self.mean, self._room, out=self._room)
        self._room *= self.learning_rate * (factor / (1 - first**self.t))
        self.flat -= self._room


class SGD:
    """Plain stochastic gradient descent; same interface as `Adam`."""

    def __init__(self, flat: np.ndarray, learning_rate: np.ndarray) -> None:
        self.flat, self.learning_rate = flat, np.asarray(learning_rate, flat.dtype)[:, None]

    def step(self, grad: np.ndarray, factor: float = 1.0) -> None:
        """One update with `factor` times the learning rate."""
        self.flat -= self.learning_rate * factor * grad


def make_optimizer(name: str, flat: np.ndarray, learning_rate: np.ndarray) -> Adam | SGD:
    """The optimiser called `name`.

    Raises:
        InputError: if the name is not one of `OPTIMIZERS` or a learning rate is negative.
    """
    if name not in OPTIMIZERS:
        raise InputError(f"there is no optimiser {name!r}; the optimisers are {' and '.join(OPTIMIZERS)}")
    if np.any(np.asarray(learning_rate) < 0):
        raise InputError(f"a learning rate must not be negative, got {np.min(learning_rate)}")
    return Adam(flat, learning_rate) if name == "adam" else SGD(flat, learning_rate)
