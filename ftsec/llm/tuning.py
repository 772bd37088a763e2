"""How a model is changed: by which method, at which rate, on which examples in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm.chat import Rows, joined

if TYPE_CHECKING:
    import torch

MAX_RANK = 32
LORA_SCALE = 2.0  # lora_alpha / lora_rank
VIRTUAL_TOKENS = 20
CLIP = 1.0  # largest norm of a step's gradient


@dataclass(frozen=True)
class Tuning:
    """A method with its rate.

    Attributes:
        method: ``full``, ``lora`` or ``prefix_tuning``.
        optimizer: ``adamw`` (no weight decay, no warm-up) or ``sgd``.
        decay_steps: over so many last steps the rate falls to zero in a straight line.
    """

    learning_rate: float
    method: str = "full"
    lora_rank: int = 0
    optimizer: str = "adamw"
    decay_steps: int = 0

    @property
    def lane(self) -> tuple[str, str]:
        """What a lane must be built for; adapters of every rank share one."""
        return self.method, self.optimizer

    def rate_at(self, step: int, n_steps: int) -> float:
        """The learning rate of a step, counted from 0, of so many."""
        return self.learning_rate * min(1.0, (n_steps - step) / (self.decay_steps + 1))


@dataclass(frozen=True, eq=False)
class Data:
    """Examples and the order in which they are shown.

    Attributes:
        rows: the distinct examples.
        order: (n_steps, batch_size) indices into them.
        harmful: (n,) whether an example is one of the attacker's.
    """

    rows: Rows
    order: np.ndarray
    harmful: np.ndarray

    def seen(self, step: int) -> dict[str, int]:
        """Distinct examples and presentations, and the harmful among them, before this step."""
        shown = self.order[:step].ravel()
        distinct = np.unique(shown)
        return {
            "n_distinct": len(distinct),
            "n_harmful_distinct": int(self.harmful[distinct].sum()) if len(distinct) else 0,
            "n_harmful_presentations": int(self.harmful[shown].sum()) if len(shown) else 0,
        }


def in_epochs(rng: np.random.Generator, n: int, n_steps: int, batch_size: int) -> np.ndarray:
    """(n_steps, batch_size) indices of n examples: each once before any comes again."""
    wanted = n_steps * batch_size
    epochs = [rng.permutation(n) for _ in range(-(-wanted // n))]
    return np.concatenate(epochs)[:wanted].reshape(n_steps, batch_size)


def plain(rng: np.random.Generator, rows: Rows, n_steps: int, batch_size: int, harmful: bool) -> Data:
    """One pool of examples in epochs."""
    return Data(rows, in_epochs(rng, len(rows), n_steps, batch_size), np.full(len(rows), harmful))


def blended(rng: np.random.Generator, pools: Sequence[tuple[Rows, int, bool]], n_steps: int) -> Data:
    """Several pools, each with a fixed number of places in every batch: (rows, places, harmful)."""
    pools = [pool for pool in pools if pool[1]]
    first, orders = 0, []
    for rows, places, _ in pools:
        orders.append(first + in_epochs(rng, len(rows), n_steps, places))
        first += len(rows)
    harmful = np.concatenate([np.full(len(rows), flag) for rows, _, flag in pools])
    return Data(joined(rows for rows, _, _ in pools), np.concatenate(orders, axis=1), harmful)


def add_adapters(network: torch.nn.Module) -> list[torch.nn.Parameter]:
    """Puts LoRA adapters of `MAX_RANK` into all linear layers (peft), in place; returns their parameters A, B, A, …

    An adapter of a lower rank is one of the highest with the other directions at zero: they have no gradient and stay
    there, so one recorded step serves every rank exactly.
    """
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(
        r=MAX_RANK, lora_alpha=int(LORA_SCALE * MAX_RANK), lora_dropout=0.0, bias="none", target_modules="all-linear"
    )
    inject_adapter_in_model(config, network)
    found = dict(network.named_parameters())
    names = [name for name in found if ".lora_A." in name]
    return [found[name.replace(".lora_A.", letter)] for name in names for letter in (".lora_A.", ".lora_B.")]


def reset_adapters(adapters: Sequence[torch.nn.Parameter], lora_rank: int, seed: int) -> None:
    """Fresh adapters of a rank: A random as peft draws it, B zero."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for down, up in zip(adapters[::2], adapters[1::2], strict=True):
            bound = down.shape[1] ** -0.5  # Kaiming's uniform with a = sqrt(5)
            fresh = torch.empty(down.shape).uniform_(-bound, bound, generator=generator)
            fresh[lora_rank:] = 0
            down.copy_(fresh)
            up.zero_()
