"""Direct preference optimisation: of two answers the chosen one shall become likelier, measured against the start.

The loss of Rafailov and others (2305.18290), with a share of plain fine-tuning on the chosen answers beside it, as in
the miniature: without it both answers of a pair lose probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from ftsec.llm.chat import IGNORE, Chat, Pair, Rows, joined
from ftsec.llm.lane import Lane, autocast, placed
from ftsec.llm.tuning import CLIP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

PAIRS_AT_ONCE = 20


@dataclass(frozen=True)
class Preference:
    """How strongly pairs pull.

    Attributes:
        beta: weight of the distance from the start; 0 leaves fine-tuning on the chosen answers alone.
        sft_share: weight of that fine-tuning.
    """

    learning_rate: float
    beta: float = 0.1
    sft_share: float = 0.5


def rows_of(chat: Chat, pairs: Sequence[tuple[Pair, Pair]]) -> Rows:
    """All chosen answers, and below them all rejected ones."""
    return joined([chat.train_rows([pair[which] for pair in pairs]) for which in (0, 1)])


def fit(lane: Lane, rows: Rows, order: np.ndarray, how: Preference) -> Iterator[int]:
    """Trains on the pairs of `rows_of`; yields the number of steps done, from 0 on, so that a caller can look."""
    there, n = placed(rows, lane.device), len(rows) // 2
    before = _at_start(lane, there)
    lane.set_rate(how.learning_rate)
    yield 0
    for step, which in enumerate(torch.from_numpy(order).to(lane.device)):
        _step(lane, there, torch.cat([which, n + which]), before, how)
        yield step + 1


def _at_start(lane: Lane, rows: Rows) -> torch.Tensor:
    with torch.no_grad():
        every = torch.arange(len(rows.ids), device=lane.device).split(PAIRS_AT_ONCE)
        return torch.cat([_said(lane, rows, which)[0] for which in every])


def _said(lane: Lane, rows: Rows, which: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Log probability of each whole answer, and mean loss of each of its tokens."""
    target = rows.target[which]
    with autocast(lane.device):
        logits = lane.logits(rows.ids[which], rows.at[which]).float()
    each = functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORE, reduction="none")
    each = each.reshape(target.shape)
    return -each.sum(1), each.sum(1) / (target != IGNORE).sum(1)


def _step(lane: Lane, rows: Rows, which: torch.Tensor, before: torch.Tensor, how: Preference) -> None:
    said, losses = _said(lane, rows, which)
    chosen, rejected = (said - before[which]).chunk(2)
    loss = how.sft_share * losses.chunk(2)[0].mean()
    if how.beta:
        loss = loss + functional.softplus(-how.beta * (chosen - rejected)).mean()
    lane.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(lane.trained, CLIP)
    lane.optimizer.step()
