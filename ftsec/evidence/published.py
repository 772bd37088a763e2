"""The published fine-tuning runs: every one without a defence and with a measured rate of unsafe answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ftsec.evidence import intervals
from ftsec.evidence.references import address, cite
from ftsec.evidence.rows import measurement_rows, n_steps, number, parse
from ftsec.evidence.vocabulary import ALIGNED_BY_AUTHORS, METHODS, PERCENT, WEAK_PROVENANCES

NUMBERS = ("n_examples", "n_harmful", "learning_rate", "epochs", "batch_size")


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
