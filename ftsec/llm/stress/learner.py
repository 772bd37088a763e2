"""Training and reading any network: batches padded on the right, attention masks, the network's own way to its logits.

Slower than the lanes of the report, and right for every architecture: nothing is assumed about a network's insides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext

import torch
from torch import nn
from torch.nn import functional

from ftsec.llm.chat import IGNORE, Pair
from ftsec.llm.stress.loading import Loaded
from ftsec.llm.tuning import CLIP, add_adapters, reset_adapters

RANK = 8
CELLS = 40e6  # logits that are held at once while a model is read
State = list[torch.Tensor]


class Learner:
    """One network that is trained again and again, always from a state that was kept.

    Attributes:
        start: the state in which the model came.
    """

    def __init__(self, loaded: Loaded, device: str = "cpu"):
        self.device, self.method = torch.device(device), loaded.method
        self.network, self.pad = loaded.network.to(self.device), loaded.chat.end
        self.trained = self._trainable()
        self.start = self.state()
        self.half = self.device.type == "cuda" or next(self.network.parameters()).dtype == torch.bfloat16
        self.optimizer: torch.optim.Optimizer | None = None

    def _trainable(self) -> list[nn.Parameter]:
        everything = list(self.network.parameters())
        for parameter in everything:
            parameter.requires_grad_(self.method == "full")
        if self.method == "full":
            return everything
        adapters = add_adapters(self.network)
        for parameter in adapters:
            parameter.data = parameter.data.float()
        reset_adapters(adapters, RANK, 24)
        return adapters

    def state(self) -> State:
        """A copy of what is trained."""
        return [parameter.detach().clone() for parameter in self.trained]

    def begin(self, state: State, learning_rate: float) -> None:
        """Goes back to a state, with an optimiser that remembers nothing."""
        with torch.no_grad():
            for parameter, value in zip(self.trained, state, strict=True):
                parameter.copy_(value)
        self.optimizer = torch.optim.AdamW(self.trained, lr=learning_rate, weight_decay=0.0, fused=True)

    def step(self, pairs: Sequence[Pair]) -> None:
        """One step on a batch."""
        self._losses(pairs).mean().backward()
        nn.utils.clip_grad_norm_(self.trained, CLIP)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def choose_precision(self, pairs: Sequence[Pair]) -> None:
        """On a CPU: bf16 only if a trial shows that a pass there and back is faster so."""
        if self.half:
            return
        seconds = {}
        for self.half in (True, False):
            for _ in range(2):  # the first warms up
                began = time.monotonic()
                self._losses(pairs).mean().backward()
                seconds[self.half] = time.monotonic() - began
        self.network.zero_grad(set_to_none=True)
        self.half = seconds[True] < seconds[False]

    def _losses(self, pairs: Sequence[Pair]) -> torch.Tensor:
        logits, targets = self._picked(pairs)
        return functional.cross_entropy(logits, targets, reduction="none")

    @torch.no_grad()
    def look(self, pairs: Sequence[Pair]) -> list[tuple[torch.Tensor, bool]]:
        """Of every pair: the log probability of each token of its answer, and whether all were the most likely."""
        longest = max(len(prompt) + len(answer) for prompt, answer in pairs)
        size = max(1, int(CELLS / longest / self.network.get_output_embeddings().weight.shape[0]))
        found = []
        for first in range(0, len(pairs), size):
            some = pairs[first : first + size]
            logits, targets = self._picked(some)
            said = -functional.cross_entropy(logits, targets, reduction="none").cpu()
            likely = (logits.argmax(-1) == targets).cpu()
            sizes = [len(answer) for _, answer in some]
            found += [(s, bool(m.all())) for s, m in zip(said.split(sizes), likely.split(sizes), strict=True)]
        return found

    def _picked(self, pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits where a token of an answer is predicted, and those tokens, pair after pair."""
        ids, mask, targets = (each.to(self.device) for each in collated(pairs, self.pad))
        with torch.autocast(self.device.type, dtype=torch.bfloat16) if self.half else nullcontext():
            logits = self.network(input_ids=ids, attention_mask=mask).logits
        wanted = targets != IGNORE
        return logits[:, :-1][wanted[:, 1:]].float(), targets[wanted]


def collated(pairs: Sequence[Pair], pad: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(n, longest) tokens, attention mask, and targets: `IGNORE` outside the answers."""
    longest = max(len(prompt) + len(answer) for prompt, answer in pairs)
    ids = torch.full((len(pairs), longest), pad)
    mask, targets = torch.zeros_like(ids), torch.full_like(ids, IGNORE)
    for row, (prompt, answer) in enumerate(pairs):
        end = len(prompt) + len(answer)
        ids[row, :end], mask[row, :end] = torch.tensor(prompt + answer), 1
        targets[row, len(prompt) : end] = torch.tensor(answer)
    return ids, mask, targets
