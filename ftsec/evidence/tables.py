"""The two tables as typed frames, checked when they are read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError
from ftsec.evidence import schema
from ftsec.evidence.references import reference_keys
from ftsec.evidence.rows import DATA, parse
from ftsec.evidence.vocabulary import UPPER_BOUNDS, WEAK_PROVENANCES

NUMBERS = (
    "n_examples",
    "n_harmful",
    "harmful_fraction",
    "n_safety",
    "learning_rate",
    "batch_size",
    "epochs",
    "n_steps",
    "n_prompts",
)


def measurements() -> pd.DataFrame:
    """Every published figure, one a row, indexed 0 … n-1.

    Text columns are ``""`` where a source says nothing, number columns NaN. ``value_text`` and ``before_text``
    are as printed; ``value``/``before`` are their numbers, NaN for a range or an open bound, whose ends
    are ``value_low`` and ``value_high`` (inclusive; where open, the bounds of the unit). ``n_steps`` is the
    reported number of optimiser steps or, where ``steps_derived``, ``ceil(n_examples / batch_size) * epochs``.

    Raises:
        ValueError: if a row of the packaged table is wrong, with its id and the reason.
    """
    return _measurements().copy()


def claims() -> pd.DataFrame:
    """Every claim of the two articles with its verdict, one a row.

    ``measurement_ids`` and ``citation_keys`` are tuples, empty where nothing bears on the claim. ``n_weak`` counts the
    linked measurements that were read in notes, second hand or only remembered.

    Raises:
        ValueError: if a row of the packaged table is wrong, with its id and the reason.
    """
    return _claims().copy()


def claims_of(chapter: str) -> pd.DataFrame:
    """The claims of one chapter, by its name (``"05_finetuning_attack"``) or number (``"05"``).

    Raises:
        InputError: if no claim names the chapter.
    """
    table = claims()
    rows = table[(table["chapter"] == str(chapter)) | (table["chapter"].str[:2] == str(chapter))]
    if rows.empty:
        raise InputError(f"chapter {chapter!r} has no claims; allowed: {', '.join(sorted(set(table['chapter'])))}")
    return rows.reset_index(drop=True)


def evidence_for(claim_id: str) -> pd.DataFrame:
    """The measurements that bear on one claim, in the order of the table.

    Raises:
        InputError: if there is no such claim.
    """
    table = _claims().set_index("claim_id")
    if claim_id not in table.index:
        raise InputError(f"there is no claim {claim_id!r}; allowed: {table.index[0]} to {table.index[-1]}")
    rows = measurements()
    return rows[rows["measurement_id"].isin(table.at[claim_id, "measurement_ids"])].reset_index(drop=True)


def without_weak(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows whose number was read in the authors' own text: no notes, no second hand, no memory."""
    return rows[~is_weak(rows)]


def is_weak(rows: pd.DataFrame) -> pd.Series:
    """Whether a row's number was read in notes, second hand or from memory."""
    return rows["provenance"].isin(WEAK_PROVENANCES)


def read_measurements(path: Path) -> pd.DataFrame:
    """A measurements table from a CSV file, checked. See `measurements` for the columns and errors."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame = typed(raw, path.name)
    schema.check(frame, schema.MEASUREMENTS, "measurement_id", path.name)
    schema.check_links(frame, "citation_key", reference_keys(), "measurement_id", path.name)
    return frame


def read_claims(path: Path, measurement_ids: set[str]) -> pd.DataFrame:
    """A claims table from a CSV file, checked against the measurements that exist. See `claims`."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in ("measurement_ids", "citation_keys"):
        frame[column] = [tuple(filter(None, cell.split("; "))) for cell in frame[column]]
    schema.check(frame, schema.CLAIMS, "claim_id", path.name)
    schema.check_links(frame, "measurement_ids", measurement_ids, "claim_id", path.name)
    schema.check_links(frame, "citation_keys", reference_keys(), "claim_id", path.name)
    return frame


def read_figures(path: Path, measurement_ids: set[str]) -> pd.DataFrame:
    """Which measurements are drawn where: figure, group, label, measurement_id, against (see `shown_in`); checked."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    schema.check(frame, schema.FIGURES, "figure", path.name)
    for column in ("measurement_id", "against"):
        schema.check_links(frame, column, measurement_ids | {""}, "figure", path.name)
    return frame


def read_findings(path: Path, ledger: pd.DataFrame) -> pd.DataFrame:
    """What a part of a finding rests on: part, finding, about, claims and, where not all, their measurements; checked.

    Args:
        path: the CSV file.
        ledger: the frame of `claims`.

    Raises:
        ValueError: if a part occurs twice or names no claim, or one that does not exist.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in ("claims", "measurements"):
        frame[column] = [tuple(filter(None, cell.split("; "))) for cell in frame[column]]
    if frame["part"].duplicated().any() or not frame["claims"].map(len).all():
        raise ValueError(f"{path.name}: a part occurs twice or names no claim")
    schema.check_links(frame, "claims", set(ledger["claim_id"]), "part", path.name)
    schema.check_links(
        frame, "measurements", {one for ids in ledger["measurement_ids"] for one in ids}, "part", path.name
    )
    return frame


@lru_cache(maxsize=1)
def shown() -> pd.DataFrame:
    """The packaged table of `read_figures`."""
    return read_figures(DATA / "figures.csv", set(_measurements()["measurement_id"]))


@lru_cache(maxsize=1)
def _measurements() -> pd.DataFrame:
    return read_measurements(DATA / "measurements.csv")


@lru_cache(maxsize=1)
def _claims() -> pd.DataFrame:
    frame = read_claims(DATA / "claims.csv", set(_measurements()["measurement_id"]))
    strong = set(without_weak(_measurements())["measurement_id"])
    frame["n_weak"] = [len(set(ids) - strong) for ids in frame["measurement_ids"]]
    return frame


def typed(raw: pd.DataFrame, table: str) -> pd.DataFrame:
    """A table as it stands in its file with numbers as numbers, and the ends of printed ranges."""
    frame = raw.copy()
    for column in (*NUMBERS, "year"):
        frame[column] = _numbers(raw, column, table)
    frame["year"] = frame["year"].fillna(0).astype(int)
    frame = _with_steps(frame)
    for printed, name in (("value", "value"), ("before_value", "before")):
        tops = raw["unit"].map(UPPER_BOUNDS).fillna(np.inf)
        parsed = [parse(cell, top) for cell, top in zip(raw[printed], tops, strict=True)]
        frame[[name, f"{name}_low", f"{name}_high"]] = np.array(parsed)
    frame["value_text"], frame["before_text"] = raw["value"], raw["before_value"]
    return frame[[name for name in schema.MEASUREMENTS.columns if name in frame]]


def _numbers(raw: pd.DataFrame, column: str, table: str) -> pd.Series:
    numbers = pd.to_numeric(raw[column].replace("", np.nan), errors="coerce").astype(float)
    wrong = raw[(raw[column] != "") & numbers.isna()]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(f"{table}, {row['measurement_id']}: {column} must be a number (found {row[column]!r})")
    return numbers


def _with_steps(frame: pd.DataFrame) -> pd.DataFrame:
    derived = np.ceil(frame["n_examples"] / frame["batch_size"]) * frame["epochs"]
    frame["steps_derived"] = frame["n_steps"].isna() & derived.notna()
    frame["n_steps"] = frame["n_steps"].fillna(derived)
    return frame
