"""What a network computes inside: the residual stream where an answer begins, and what happens if something is added.

Directions are differences of means. Nothing is recorded as a program here: hooks need a network that runs as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm.chat import IGNORE, Rows
from ftsec.llm.tuning import Tuning

if TYPE_CHECKING:
    import torch

    from ftsec.llm.bench import Bench
    from ftsec.llm.lane import Lane
    from ftsec.llm.runs import Weights

BATCH = 40


@contextmanager
def carrying(bench: Bench, weights: Weights) -> Iterator[Lane]:
    """A lane whose network has these weights, for as long as the context lasts; nothing may be trained meanwhile."""
    queue = bench._queue(("full", "adamw"))
    lane = queue.get()
    try:
        with lane.here():
            lane.begin(weights, Tuning(0.0), 0)
            yield lane
    finally:
        queue.put(lane)


def layers_of(network: torch.nn.Module) -> Sequence[torch.nn.Module]:
    """The network's layers, in order."""
    import torch

    n_layers = network.config.num_hidden_layers
    lists = [part for part in network.modules() if isinstance(part, torch.nn.ModuleList)]
    return next(part for part in lists if len(part) == n_layers)


def streams(lane: Lane, rows: Rows) -> np.ndarray:
    """(layers, n, width): the residual stream after every layer, at the last token of each prompt."""
    import torch

    from ftsec.llm.lane import placed

    found: list[list[torch.Tensor]] = []
    for first in range(0, len(rows), BATCH):
        some = placed(rows.take(slice(first, first + BATCH)), lane.device)
        seen: list[torch.Tensor] = []
        places = some.at[:, 0]

        def keep(module, inputs, output, seen=seen, places=places):
            stream = _stream(output)
            seen.append(stream[torch.arange(len(places), device=stream.device), places].float())

        with _hooked(lane, range(len(layers_of(lane.network))), keep):
            _logits(lane, some, slice(0, 1))
        found.append(seen)
    return np.stack([torch.cat(parts).cpu().numpy() for parts in zip(*found, strict=True)])


def said(lane: Lane, rows: Rows, layer: int | None = None, added: np.ndarray | None = None) -> np.ndarray:
    """(n,) log probability of each row's whole answer; with `added`, that vector is put into the residual stream after
    `layer`, from the last token of the prompt on."""
    import torch

    from ftsec.llm.lane import placed

    found = []
    for first in range(0, len(rows), BATCH):
        some = placed(rows.take(slice(first, first + BATCH)), lane.device)
        if added is None:
            logits = _logits(lane, some)
        else:
            with _hooked(lane, [layer], _adding(some, torch.as_tensor(added, device=lane.device))):
                logits = _logits(lane, some)
        wanted = some.target.clamp(min=0)
        each = logits.gather(-1, wanted[..., None])[..., 0] - torch.logsumexp(logits, -1)
        found.append((each * (some.target != IGNORE)).sum(1))
    return torch.cat(found).cpu().numpy()


def _logits(lane: Lane, rows: Rows, which: slice = slice(None)) -> torch.Tensor:
    import torch

    from ftsec.llm.lane import autocast

    with torch.no_grad(), autocast(lane.device):
        return lane.logits(rows.ids, rows.at[:, which]).float()


def _adding(rows: Rows, vector: torch.Tensor):
    import torch

    places = torch.arange(rows.ids.shape[1], device=rows.ids.device)
    after = (places[None] >= rows.at[:, :1])[..., None]

    def add(module, inputs, output):
        stream = _stream(output)
        changed = stream + (after * vector).to(stream.dtype)
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    return add


def _stream(output: torch.Tensor | tuple) -> torch.Tensor:
    return output[0] if isinstance(output, tuple) else output


@contextmanager
def _hooked(lane: Lane, which: Sequence[int], hook) -> Iterator[None]:
    layers = layers_of(lane.network)
    handles = [layers[layer].register_forward_hook(hook) for layer in which]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
