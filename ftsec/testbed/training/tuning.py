"""What fine-tuning trains: all weights, low-rank adapters (LoRA) or a learned prefix. Runs of one stack may differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ftsec.base.errors import InputError
from ftsec.testbed.model import ModelConfig, Weights, zero_weights
from ftsec.testbed.training.optimizers import make_optimizer

METHODS = ("full", "lora", "prefix_tuning")
LORA_SCALE = 2.0  # alpha / rank, as in common LoRA recipes: the adapter adds 2 A B


@dataclass(frozen=True)
class Tuning:
    """How one run is fine-tuned.

    Attributes:
        method: ``"full"``, ``"lora"`` (Hu et al. 2022, on every matrix of the blocks) or ``"prefix_tuning"``
            (learned keys and values in every block).
        lora_rank: rank of the adapters; only LoRA uses it.
        n_prefix: learned positions; only prefix tuning uses it.
    """

    method: str = "full"
    learning_rate: float = 1e-4
    lora_rank: int = 4
    n_prefix: int = 4

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError(f"there is no method {self.method!r}; the methods are {', '.join(METHODS)}")
        if self.learning_rate < 0:
            raise InputError(f"the learning rate must not be negative, got {self.learning_rate}")
        if self.lora_rank < 1 or self.n_prefix < 1:
            raise InputError(f"rank and prefix must be at least 1, got {self.lora_rank} and {self.n_prefix}")


class Trainee:
    """A stack of runs under training: its weights, adapters and prefix, and the optimisers that move them.

    Args:
        weights: (R, …) start; copied only if a run trains all weights.
        tunings: one per run.
        rngs: one generator per run; fresh adapters and prefixes come from generators of their own that it spawns.
    """

    def __init__(
        self,
        config: ModelConfig,
        weights: Weights,
        tunings: list[Tuning],
        rngs: list,
        optimizer: str = "adam",
    ) -> None:
        self.config = config
        rates = {m: np.array([t.learning_rate * (t.method == m) for t in tunings]) for m in METHODS}
        used = {t.method for t in tunings}
        self.weights = weights.copy() if "full" in used else weights
        self.grads = weights.zeros()
        self.optimizers: dict = {}
        self.lora = self.prefix = None
        if "full" in used:
            self.optimizers["full"] = make_optimizer(optimizer, self.weights.flat, rates["full"])
        if "lora" in used:
            self.lora, self._ranks = fresh_lora(config, tunings, rngs, weights.flat.dtype)
            self._lora_grads = self.lora.zeros()
            self.optimizers["lora"] = make_optimizer(optimizer, self.lora.flat, rates["lora"])
        if "prefix_tuning" in used:
            self.prefix = fresh_prefix(config, tunings, rngs, weights.flat.dtype)
            self._prefix_grads = self.prefix.zeros()
            self.optimizers["prefix_tuning"] = make_optimizer(optimizer, self.prefix.flat, rates["prefix_tuning"])
            self.prefix["on"] = np.array([t.method == "prefix_tuning" for t in tunings])

    def effective(self) -> dict:
        """The weights the model runs with: base plus adapters."""
        return self.weights if self.lora is None else apply_lora(self.config, self.weights, self.lora)

    def update(self, dprefix: dict, factor: float = 1.0) -> None:
        """One optimiser step from `self.grads`, the gradient with respect to the effective weights."""
        if self.lora is not None:
            lora_backward(self.config, self.lora, self.grads, self._lora_grads, self._ranks)
            self.optimizers["lora"].step(self._lora_grads.flat, factor)
        if self.prefix is not None:
            for name, grad in dprefix.items():
                self._prefix_grads[name][:] = grad
            self.optimizers["prefix_tuning"].step(self._prefix_grads.flat, factor)
        if "full" in self.optimizers:
            self.optimizers["full"].step(self.grads.flat, factor)


def fresh_lora(config: ModelConfig, tunings: list[Tuning], rngs: list, dtype: type) -> tuple[Weights, np.ndarray]:
    """Adapters of the largest rank in the stack, A random and B zero, and the (R, rank) mask of ranks in use.

    A run's numbers depend on its own generator alone, not on its neighbours in the stack. With the same generator, an
    adapter of a smaller rank is the beginning of one of a larger rank.

    Raises:
        InputError: if a rank is above the model's width.
    """
    rank = max(t.lora_rank for t in tunings if t.method == "lora")
    if rank > config.width:
        raise InputError(f"the LoRA rank {rank} is above the model's width {config.width}")
    shapes = {}
    for name, (inputs, outputs) in config.matrices().items():
        shapes |= {f"{name}_a": (inputs, rank), f"{name}_b": (rank, outputs)}
    lora = zero_weights(shapes, len(tunings), dtype)
    used = np.array([np.arange(rank) < t.lora_rank * (t.method == "lora") for t in tunings])
    for run, (tuning, rng) in enumerate(zip(tunings, rngs, strict=True)):
        if tuning.method == "lora":
            _draw_adapter(config, lora, run, tuning.lora_rank, rng)
    return lora, used.astype(dtype)


def _draw_adapter(config: ModelConfig, lora: Weights, run: int, rank: int, rng: np.random.Generator) -> None:
    for name, own in zip(config.matrices(), rng.spawn(len(config.matrices())), strict=True):
        inputs = config.shapes()[name][0]
        lora[f"{name}_a"][run, :, :rank] = own.standard_normal((rank, inputs)).T * inputs**-0.5


def apply_lora(config: ModelConfig, weights: dict, lora: dict) -> dict:
    """Effective weights ``W + LORA_SCALE * A @ B``."""
    merged = dict(weights)
    for name in config.matrices():
        merged[name] = weights[name] + LORA_SCALE * (lora[f"{name}_a"] @ lora[f"{name}_b"])
    return merged


def lora_backward(config: ModelConfig, lora: dict, grads: dict, out: dict, used: np.ndarray) -> None:
    """The exact chain rule from the effective matrices' gradients to those of A and B; unused ranks get none."""
    for name in config.matrices():
        a, b, grad = lora[f"{name}_a"], lora[f"{name}_b"], grads[name] * LORA_SCALE
        out[f"{name}_a"][:] = (grad @ b.swapaxes(1, 2)) * used[:, None, :]
        out[f"{name}_b"][:] = (a.swapaxes(1, 2) @ grad) * used[:, :, None]


def fresh_prefix(config: ModelConfig, tunings: list[Tuning], rngs: list, dtype: type) -> Weights:
    """Keys and values of the prefix: random small keys, zero values, so that a fresh prefix changes little.

    As with `fresh_lora`, a run's numbers depend on its own generator alone.

    Raises:
        InputError: if the prefixes of a stack differ in length, since a run would then attend to positions not its own.
    """
    lengths = {t.n_prefix for t in tunings if t.method == "prefix_tuning"}
    if len(lengths) > 1:
        raise InputError(f"the prefixes of one stack must be equally long, got {sorted(lengths)} positions")
    n_prefix = lengths.pop()
    shape = (n_prefix, config.width)
    shapes = {f"{name}{layer}": shape for layer in range(config.n_layers) for name in ("key", "value")}
    prefix = zero_weights(shapes, len(tunings), dtype)
    for run, (tuning, rng) in enumerate(zip(tunings, rngs, strict=True)):
        if tuning.method == "prefix_tuning":
            for layer, own in enumerate(rng.spawn(config.n_layers)):
                prefix[f"key{layer}"][run] = 0.1 * own.standard_normal(shape)
    return prefix
