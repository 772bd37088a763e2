"""A run, described: where it starts, on what and how it trains, what is read off it, and the columns that name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ftsec.llm.chat import Rows
from ftsec.llm.measures import Probe
from ftsec.llm.tuning import Data, Tuning

if TYPE_CHECKING:
    import torch

Weights: TypeAlias = "list[torch.Tensor]"


@dataclass(frozen=True, eq=False)
class Run:
    """One fine-tuning.

    Attributes:
        start: the weights it begins with.
        condition: columns that name it.
        steps: when `probe` is read (0: before the first step).
        full, full_steps: a larger probe, read instead at these steps.
        write, write_steps: questions to which answers are written out, and when.
        stop: (column, level): ends at the first probe at which the column has reached the level.
        keep: whether the final weights are wanted.
        seed: of the adapters.
    """

    start: Weights
    data: Data
    tuning: Tuning
    probe: Probe
    steps: tuple[int, ...]
    condition: dict = field(default_factory=dict)
    full: Probe | None = None
    full_steps: tuple[int, ...] = ()
    write: Rows | None = None
    write_steps: tuple[int, ...] = ()
    stop: tuple[str, float] | None = None
    keep: bool = False
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """Rows of a run, one per probed step, and its final weights if they were wanted."""

    rows: list[dict]
    weights: Weights | None
