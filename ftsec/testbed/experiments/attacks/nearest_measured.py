"""The measured run closest to a planned one, and what it lost; none where nothing close to the plan was measured."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ftsec.testbed.experiments.attacks.diluted_attack import EPOCHS, METHODS, N_EXAMPLES, N_HARMFUL
from ftsec.testbed.experiments.attacks.readings import refusal_lost
from ftsec.testbed.frames import stored
from ftsec.testbed.statistics import Estimate, clustered

FACTOR = 1.5  # a count this many times larger or smaller still stands for the planned one


@dataclass(frozen=True)
class Measured:
    """The set that was measured in place of the planned one, and the share of the refusal probability it cost."""

    n_examples: int
    n_harmful: int
    lost: Estimate


def closest_loss(n_examples: int, n_harmful: int, method: str, epochs: int, rate: str = "equal") -> Measured | None:
    """What fine-tuning on the measured set closest to the planned one cost, in the frame ``diluted_attack``.

    Both counts must lie within `FACTOR` of a measured one, zero harmful examples stand for themselves alone, method and
    epochs must be those measured. The learning rate of the plan has no counterpart in a model this small; `rate` is
    ``equal`` for both methods or each method's ``own``.

    Returns:
        None if the plan is not close to anything that was measured.
    """
    size, harmful = _near(n_examples, N_EXAMPLES), _near(n_harmful, N_HARMFUL)
    if size is None or harmful is None or method not in METHODS or epochs != EPOCHS:
        return None
    frame = stored("diluted_attack")
    cell = (frame.n_examples == size) & (frame.n_harmful == harmful) & (frame.method == method) & (frame.rate == rate)
    return Measured(size, harmful, clustered(refusal_lost(frame[cell]), "refusal_lost"))


def lost_by_rate() -> pd.DataFrame:
    """The loss in every measured set as text with its interval: a row per set, a column per method and rate."""
    cells = refusal_lost(stored("diluted_attack")).groupby(["n_examples", "n_harmful", "method", "rate"])
    texts = {key: _percent(clustered(cell, "refusal_lost")) for key, cell in cells}
    table = pd.Series(texts).rename_axis(["n_examples", "n_harmful", "method", "rate"])
    return table.unstack(["method", "rate"])


def _near(count: int, measured: tuple[int, ...]) -> int | None:
    """The measured count closest by ratio to this one, None if it is not within `FACTOR`."""
    if count == 0:
        return 0 if 0 in measured else None
    best = min((each for each in measured if each), key=lambda each: max(each / count, count / each))
    return best if max(best / count, count / best) <= FACTOR else None


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.0f} [{100 * estimate.low:.0f}, {100 * estimate.high:.0f}]"
