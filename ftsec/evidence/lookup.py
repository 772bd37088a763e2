"""Look your run up in the literature: the published experiments closest to a planned one.

Only runs on the same kind of data are compared: harmless data with harmless data, never with an attack. The distance is
Gower's (1971): one part for every field the plan gives, between 0 and 1, then their mean. Numbers
are compared on a log scale.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError
from ftsec.evidence import intervals
from ftsec.evidence.references import address, cite
from ftsec.evidence.tables import measurements
from ftsec.evidence.vocabulary import ALIGNED_BY_AUTHORS, ATTACKS, METHODS, PERCENT, WEAK_PROVENANCES

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
class Lookup:
    """What the literature says of a plan.

    Attributes:
        plan: what was asked.
        runs: the closest published runs, nearest first: measurement_id, distance, missing (fields the plan gives and
            the source does not), source, address, model, attack, method, the numbers, metric, before, rate, low, high
            (per cent of unsafe answers), weak.
        ranges: metric, n_runs, lowest, highest: measured rates over `runs`, never averaged, never across metrics.
        reasons: why nothing is comparable; empty if something is.
    """

    plan: Plan
    runs: pd.DataFrame
    ranges: pd.DataFrame
    reasons: tuple[str, ...]


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
    runs = runs.assign(distance=_distances(plan, runs), missing=_missing(plan, runs))
    if plan.kind():
        runs = runs[runs["attack"] == plan.kind()]
        reasons = reasons or (() if len(runs) else (f"our table has no run on data of the kind {plan.kind()}",))
    near = runs[runs["distance"] <= FARTHEST].sort_values(["distance", "measurement_id"]).head(k)
    if not reasons and near.empty:
        closest = runs["distance"].min()
        reasons = (f"the closest published run is {closest:.2f} away, farther than {FARTHEST}",)
    if reasons:
        near = near.head(0)
    return Lookup(plan, near.reset_index(drop=True), _ranges(near), reasons)


def published_runs() -> pd.DataFrame:
    """Every published run without a defence and with a measured rate, one row a run and metric.

    Columns as in `Lookup.runs`. Models that a study aligned itself are left out: their level says little about a
    released model.
    """
    rows = measurements()
    rows = rows[
        (rows["status"] == "verified") & (rows["defense"] == "") & ~rows["model"].str.contains(ALIGNED_BY_AUTHORS)
    ]
    rates = rows["outcome"].isin(["harmfulness_rate", "attack_success_rate", "refusal_rate"])
    trained = rows["method"].isin(METHODS) & ~(rows["n_examples"] == 0)
    rows = rows[rates & trained & (rows["unit"] == PERCENT) & (rows["phase"] == "fine-tuning") & rows["value"].notna()]
    turned = rows["outcome"] == "refusal_rate"
    rate = rows["value"].where(~turned, 100 - rows["value"])
    bounds = [intervals.wilson(*pair) for pair in zip(rate, rows["n_prompts"], strict=True)]
    names = ["measurement_id", "source", "address", "model", "topic", "attack", "method", *NUMBERS, "n_steps", "metric"]
    return rows.assign(
        source=[cite(key) for key in rows["citation_key"]],
        address=[address(key) for key in rows["citation_key"]],
        metric=rows["metric"].where(~turned, "100 - " + rows["metric"]),
        before=rows["before"].where(~turned, 100 - rows["before"]),
        rate=rate,
        low=[low for low, _ in bounds],
        high=[high for _, high in bounds],
        weak=rows["provenance"].isin(WEAK_PROVENANCES),
    )[[*names, "before", "rate", "low", "high", "weak"]].reset_index(drop=True)


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


def _distances(plan: Plan, runs: pd.DataFrame) -> np.ndarray:
    parts = [_part(name, value, runs[name]) for name, value in plan.given().items() if name != "data"]
    return np.mean(parts, axis=0).round(4) if parts else np.zeros(len(runs))


def _part(name: str, value: object, column: pd.Series) -> np.ndarray:
    if name == "method":
        return (column != value).to_numpy(dtype=float)
    span = np.ptp(_log(column.dropna()))
    apart = np.minimum(np.abs(_log(column) - _log(value)) / span, 1)
    return np.where(column.isna(), UNKNOWN, apart)


def _log(numbers: object) -> np.ndarray:
    """Log scale on which none (0 examples) still has a place, one step of ten below 1."""
    numbers = np.asarray(numbers, dtype=float)
    return np.log10(np.where(numbers == 0, 0.1, numbers))


def _missing(plan: Plan, runs: pd.DataFrame) -> list[tuple[str, ...]]:
    asked = [name for name in plan.given() if name in NUMBERS]
    return [tuple(name for name in asked if pd.isna(row[name])) for _, row in runs.iterrows()]


def _outside(plan: Plan, runs: pd.DataFrame) -> tuple[str, ...]:
    reasons = []
    if plan.method in PREFERENCES:
        reasons.append(f"our table has no run by {plan.method} with a measured rate")
    for name, value in plan.given().items():
        if name not in NUMBERS or (name == "n_harmful" and value == 0):
            continue
        known = runs[name].dropna()
        least, most = known[known > 0].min(), known.max()
        if not least / REACH <= value <= most * REACH:
            reasons.append(f"{name} {value:g} is far outside the published runs ({least:g} to {most:g})")
    return tuple(reasons)


def _ranges(runs: pd.DataFrame) -> pd.DataFrame:
    grouped = runs.groupby("metric", sort=False)["rate"]
    return grouped.agg(n_runs="size", lowest="min", highest="max").reset_index()
