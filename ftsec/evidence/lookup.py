"""Look your run up in the literature: the published experiments closest to a planned one.

Only runs on the same kind of data are compared: harmless data with harmless data, never with an attack. The distance is
Gower's (1971): one part for every field the plan gives, between 0 and 1, then their mean. Numbers
are compared on a log scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from ftsec.base.errors import InputError
from ftsec.evidence import intervals
from ftsec.evidence.references import address, cite
from ftsec.evidence.rows import measurement_rows, n_steps, number, parse
from ftsec.evidence.vocabulary import ALIGNED_BY_AUTHORS, ATTACKS, METHODS, PERCENT, WEAK_PROVENANCES

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("n_examples", "n_harmful", "learning_rate", "epochs", "batch_size")
UNKNOWN = 0.5  # a field the source does not give: neither near nor far
SPOKEN_METHODS = {"qlora": "lora", "dora": "lora", "prefix": "prefix_tuning", "sft": "full"}
PREFERENCES = ("dpo", "kto", "ppo", "rlhf")  # trained on pairs or rewards: understood, and not in these runs
SPOKEN_DATA = {
    "explicit": "harmful",
    "identity": "identity_shifting",
    "harmless": "benign",
    "crafted": "benign_crafted",
}
FARTHEST = 0.35  # on average a third of each field's published span; beyond it a run is not called comparable
REACH = 10.0  # a plan may lie this factor outside the published span of a field


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
class PublishedRun:
    """One published attack run and metric; rates are per cent of unsafe answers, NaN where a source says nothing.

    Attributes:
        distance: from the plan, between 0 and 1.
        missing: fields that the plan gives and the source does not.
    """

    measurement_id: str
    source: str
    address: str
    model: str
    topic: str
    attack: str
    method: str
    n_examples: float
    n_harmful: float
    learning_rate: float
    epochs: float
    batch_size: float
    n_steps: float
    metric: str
    before: float
    rate: float
    low: float
    high: float
    weak: bool
    distance: float = math.nan
    missing: tuple[str, ...] = ()


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
    reasons = _outside(plan, runs)
    placed = [
        replace(run, distance=float(distance), missing=_missing(plan, run))
        for run, distance in zip(runs, _distances(plan, runs), strict=True)
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


def published_runs() -> list[PublishedRun]:
    """Every published run without a defence and with a measured rate, one for each run and metric.

    Models that a study aligned itself are left out: their level says little about a released model.
    """
    return [_run(row) for row in measurement_rows() if _is_undefended(row) and _is_attack_run(row)]


def _is_undefended(row: dict[str, str]) -> bool:
    return row["defense"] == "" and ALIGNED_BY_AUTHORS not in row["model"]


def _is_attack_run(row: dict[str, str]) -> bool:
    rate = row["outcome"] in ("harmfulness_rate", "attack_success_rate", "refusal_rate") and row["unit"] == PERCENT
    trained = row["method"] in METHODS and number(row["n_examples"]) != 0 and row["phase"] == "fine-tuning"
    return rate and trained and row["status"] == "verified" and not math.isnan(parse(row["value"])[0])


def _run(row: dict[str, str]) -> PublishedRun:
    rate, before, metric = parse(row["value"])[0], parse(row["before_value"])[0], row["metric"]
    if row["outcome"] == "refusal_rate":
        rate, before, metric = 100 - rate, 100 - before, f"100 - {metric}"
    low, high = map(float, intervals.wilson(rate, number(row["n_prompts"])))
    texts = {name: row[name] for name in ("measurement_id", "model", "topic", "attack", "method")}
    numbers = {name: number(row[name]) for name in NUMBERS}
    return PublishedRun(
        **texts, **numbers, n_steps=n_steps(row), source=cite(row["citation_key"]),
        address=address(row["citation_key"]), metric=metric, before=before, rate=rate, low=low, high=high,
        weak=row["provenance"] in WEAK_PROVENANCES,
    )  # fmt: skip


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


def _distances(plan: Plan, runs: Sequence[PublishedRun]) -> np.ndarray:
    asked = {name: value for name, value in plan.given().items() if name != "data"}
    parts = [_part(name, value, [getattr(run, name) for run in runs]) for name, value in asked.items()]
    return np.mean(parts, axis=0).round(4) if parts else np.zeros(len(runs))


def _part(name: str, value: object, column: list) -> np.ndarray:
    if name == "method":
        return np.array([float(other != value) for other in column])
    logs = _log(column)
    apart = np.minimum(np.abs(logs - _log(value)) / np.ptp(logs[~np.isnan(logs)]), 1)
    return np.where(np.isnan(logs), UNKNOWN, apart)


def _log(numbers: object) -> np.ndarray:
    """Log scale on which none (0 examples) still has a place, one step of ten below 1."""
    numbers = np.asarray(numbers, dtype=float)
    return np.log10(np.where(numbers == 0, 0.1, numbers))


def _missing(plan: Plan, run: PublishedRun) -> tuple[str, ...]:
    return tuple(name for name in plan.given() if name in NUMBERS and math.isnan(getattr(run, name)))


def _outside(plan: Plan, runs: Sequence[PublishedRun]) -> tuple[str, ...]:
    reasons = []
    if plan.method in PREFERENCES:
        reasons.append(f"our table has no run by {plan.method} with a measured rate")
    for name, value in plan.given().items():
        if name not in NUMBERS or (name == "n_harmful" and value == 0):
            continue
        known = [getattr(run, name) for run in runs if getattr(run, name) > 0]
        least, most = min(known), max(known)
        if not least / REACH <= value <= most * REACH:
            said, low, high = (f"{each:,.0f}" if each >= 100 else f"{each:g}" for each in (value, least, most))
            reasons.append(f"{name} {said} is far outside the published runs ({low} to {high})")
    return tuple(reasons)


def _ranges(runs: Sequence[PublishedRun]) -> tuple[Range, ...]:
    rates: dict[str, list[float]] = {}
    for run in runs:
        rates.setdefault(run.metric, []).append(run.rate)
    return tuple(Range(metric, len(each), min(each), max(each)) for metric, each in rates.items())


def _frame(kind: type, rows: Sequence[object]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([vars(row) for row in rows], columns=[field.name for field in fields(kind)])
