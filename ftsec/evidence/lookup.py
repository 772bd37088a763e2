"""Look your run up in the literature: the published experiments closest to a planned one.

Only runs on the same kind of data are compared: harmless data with harmless data, never with an attack. How far apart a
plan and a run are is in `distances`, what counts as a run in `published`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from ftsec.base.errors import InputError
from ftsec.evidence.distances import REACH, UNKNOWN, distances, missing, outside
from ftsec.evidence.published import NUMBERS, PublishedRun, published_runs
from ftsec.evidence.vocabulary import ATTACKS, METHODS

if TYPE_CHECKING:
    import pandas as pd

ASKED = ("method", *NUMBERS)
SPOKEN_METHODS = {"qlora": "lora", "dora": "lora", "prefix": "prefix_tuning", "sft": "full"}
PREFERENCES = ("dpo", "kto", "ppo", "rlhf")  # trained on pairs or rewards: understood, and not in these runs
SPOKEN_DATA = {
    "explicit": "harmful",
    "identity": "identity_shifting",
    "harmless": "benign",
    "crafted": "benign_crafted",
}
FARTHEST = 0.35  # on average a third of each field's published span; beyond it a run is not called comparable


@dataclass(frozen=True)
class Plan:
    """A planned fine-tuning run; None where nothing is decided.

    Raises:
        InputError: if a value is not allowed; the sentence names it.
    """

    method: str | None = None
    n_examples: float | None = None
    n_harmful: float | None = None
    learning_rate: float | None = None
    epochs: float | None = None
    batch_size: float | None = None
    data: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", _word("method", self.method, SPOKEN_METHODS, (*METHODS, *PREFERENCES)))
        object.__setattr__(self, "data", _word("data", self.data, SPOKEN_DATA, ATTACKS))
        for name in NUMBERS:
            _require(name, getattr(self, name))
        if self.n_harmful is not None and self.n_examples is not None and self.n_harmful > self.n_examples:
            raise InputError(f"n_harmful must not exceed n_examples ({self.n_examples:g}), got {self.n_harmful:g}")
        if self.n_harmful and self.data in ("benign", "benign_crafted"):
            raise InputError(f"harmless data hold no harmful example, got n_harmful {self.n_harmful:g}")
        if self.n_harmful == 0 and self.data == "harmful":
            raise InputError("explicitly harmful data hold at least one harmful example, got n_harmful 0")
        if not self.given():
            raise InputError(f"give at least one of {', '.join(field.name for field in fields(self))}")

    def given(self) -> dict:
        """The fields that are decided."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def kind(self) -> str | None:
        """The kind of data; where it is not said, a count of harmful examples tells it."""
        if self.data is None and self.n_harmful is not None:
            return "harmful" if self.n_harmful else "benign"
        return self.data


@dataclass(frozen=True)
class Range:
    """Measured rates of the runs with one metric: never averaged, never across metrics."""

    metric: str
    n_runs: int
    lowest: float
    highest: float


@dataclass(frozen=True)
class Lookup:
    """What the literature says of a plan.

    Attributes:
        plan: what was asked.
        nearest: the closest published runs, nearest first.
        spans: the ranges of their rates.
        reasons: why nothing is comparable; empty if something is.
    """

    plan: Plan
    nearest: tuple[PublishedRun, ...]
    spans: tuple[Range, ...]
    reasons: tuple[str, ...]

    @property
    def runs(self) -> pd.DataFrame:
        """`nearest` as a table."""
        return _frame(PublishedRun, self.nearest)

    @property
    def ranges(self) -> pd.DataFrame:
        """`spans` as a table."""
        return _frame(Range, self.spans)


def nearest_experiments(
    method: str | None = None,
    n_examples: float | None = None,
    n_harmful: float | None = None,
    learning_rate: float | None = None,
    epochs: float | None = None,
    batch_size: float | None = None,
    data: str | None = None,
    k: int = 5,
) -> Lookup:
    """The `k` published fine-tuning runs closest to a plan, with what was measured after them.

    Fields that are left out do not count. A field that the plan gives and a source does not counts as `UNKNOWN`
    and is listed. Runs on another kind of data are left out, whatever the numbers, and so are runs with a defence.
    Rows read in notes or second hand are searched too and marked ``weak``; figures that are only remembered are not.

    Args:
        method: one of full, lora (or qlora), prefix_tuning, llama_adapter, ia3, orpo, api; dpo and the like are
            understood and have no run to compare with.
        n_examples, n_harmful: size of the fine-tuning set, harmful examples in it.
        learning_rate, epochs, batch_size: of the training.
        data: kind of data, one of harmful (explicit), identity_shifting (identity), benign (harmless), benign_crafted,
            backdoor, covert, poisoning, other; left out, a count of harmful examples tells harmful from harmless.
        k: how many runs to give.

    Returns:
        The runs and the ranges of their outcomes; empty with `reasons` where the plan lies outside what was published
        or everything published is farther than `FARTHEST`.

    Raises:
        InputError: for a value that is not allowed.
    """
    plan = Plan(method, n_examples, n_harmful, learning_rate, epochs, batch_size, data)
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InputError(f"k must be a whole number from 1 on, got {k!r}")
    runs = published_runs()
    given = {name: value for name, value in plan.given().items() if name != "data"}
    reasons = _untrained(plan) + outside(given, runs)
    placed = [
        replace(run, distance=float(distance), missing=missing(given, run))
        for run, distance in zip(runs, distances(given, runs), strict=True)
        if plan.kind() in (None, run.attack)
    ]
    placed.sort(key=lambda run: (run.distance, run.measurement_id))
    near = tuple(run for run in placed if run.distance <= FARTHEST)[:k]
    if not reasons and not placed:
        reasons = (f"our table has no run on data of the kind {plan.kind()}",)
    if not reasons and not near:
        reasons = (f"the closest published run is {placed[0].distance:.2f} away, farther than {FARTHEST}",)
    if reasons:
        near = ()
    return Lookup(plan, near, _ranges(near), reasons)


def for_page(k: int = 5) -> dict:
    """The published runs and the rules of the look-up as plain data, for the form in the page."""
    shown = ("distance", "missing", "topic", "n_steps")  # computed in the page, or not shown there
    runs = [{name: value for name, value in asdict(run).items() if name not in shown} for run in published_runs()]
    return {
        "runs": runs,
        "kinds": list(ATTACKS),
        "methods": [*METHODS, *PREFERENCES],
        "preferences": list(PREFERENCES),
        "farthest": FARTHEST,
        "unknown": UNKNOWN,
        "reach": REACH,
        "k": k,
    }


def _word(name: str, said: str | None, spoken: dict[str, str], allowed: tuple[str, ...]) -> str | None:
    """A word as the tables spell it: ``"LoRA"`` and ``"qlora"`` are ``"lora"``."""
    if said is None:
        return None
    word = str(said).lower().replace("-", "_")
    word = spoken.get(word, word)
    if word not in allowed:
        raise InputError(f"{name} must be one of {', '.join(allowed)}, got {said!r}")
    return word


def _require(name: str, value: float | None) -> None:
    if value is None:
        return
    allowed = (
        "above 0" if name in ("learning_rate", "epochs") else "0 or more" if name.startswith("n_") else "at least 1"
    )
    least = {"above 0": np.nextafter(0, 1), "0 or more": 0, "at least 1": 1}[allowed]
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < least:
        raise InputError(f"{name} must be a finite number {allowed}, got {value!r}")


def _untrained(plan: Plan) -> tuple[str, ...]:
    return (f"our table has no run by {plan.method} with a measured rate",) if plan.method in PREFERENCES else ()


def _ranges(runs: Sequence[PublishedRun]) -> tuple[Range, ...]:
    rates: dict[str, list[float]] = {}
    for run in runs:
        rates.setdefault(run.metric, []).append(run.rate)
    return tuple(Range(metric, len(each), min(each), max(each)) for metric, each in rates.items())


def _frame(kind: type, rows: Sequence[object]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([vars(row) for row in rows], columns=[field.name for field in fields(kind)])
