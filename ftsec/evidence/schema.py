"""What a row must look like. A wrong row is refused with its id and the reason."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pandera.pandas as pa

from ftsec.base.vocabulary import VERDICTS
from ftsec.evidence import vocabulary as words


def _word(allowed: Iterable[str], empty: bool = False) -> pa.Column:
    choices = [*allowed, ""] if empty else list(allowed)
    return pa.Column(str, pa.Check.isin(choices, error=f"must be one of: {', '.join(allowed)}"))


def _number(**bounds: float) -> pa.Column:
    return pa.Column(float, [getattr(pa.Check, name)(bound) for name, bound in bounds.items()], nullable=True)


def _id(letter: str) -> pa.Column:
    return pa.Column(
        str, pa.Check.str_matches(rf"^{letter}\d{{3,4}}$", error=f"must be {letter} and three or four digits")
    )


_TEXT = pa.Column(str)
_FILLED = pa.Column(str, pa.Check(lambda text: text.str.strip() != "", error="must not be empty"))


def _within_bounds(frame: pd.DataFrame) -> pd.Series:
    top = frame["unit"].map(words.UPPER_BOUNDS).fillna(float("inf"))
    least = frame[["value_low", "before_low"]].min(axis=1).fillna(0)
    most = frame[["value_high", "before_high"]].max(axis=1).fillna(0)
    return (least >= 0) & (most <= top)


def _number_or_words(frame: pd.DataFrame) -> pd.Series:
    """A value is a number; formulas, words and recalled rows without a figure are the exceptions."""
    excused = frame["unit"].isin(words.WORDS_UNITS) | ((frame["value_text"] == "") & (frame["status"] == "recalled"))
    return frame["value_low"].notna() | excused


def _recalled_from_memory(frame: pd.DataFrame) -> pd.Series:
    return (frame["status"] == "recalled") == (frame["provenance"] == "memory")


def _has_source(frame: pd.DataFrame) -> pd.Series:
    return (frame["source_address"] != "") | (frame["status"] == "recalled")


def _harmful_among_examples(frame: pd.DataFrame) -> pd.Series:
    return ~(frame["n_harmful"] > frame["n_examples"])


MEASUREMENTS = pa.DataFrameSchema(
    {
        "measurement_id": _id("M"),
        "citation_key": _FILLED,
        "year": pa.Column(int, pa.Check.in_range(2000, 2100)),
        "phase": _FILLED,
        "topic": _FILLED,
        "attack": _word(words.ATTACKS, empty=True),
        "defense": _word(words.DEFENSES, empty=True),
        "model": _TEXT,
        "method": _word(words.METHODS, empty=True),
        "procedure": _TEXT,
        "n_examples": _number(ge=0),
        "n_harmful": _number(ge=0),
        "harmful_fraction": _number(ge=0, le=1),
        "n_safety": _number(ge=0),
        "learning_rate": _number(gt=0),
        "batch_size": _number(ge=1),
        "epochs": _number(ge=1),
        "n_steps": _number(ge=0),
        "steps_derived": pa.Column(bool),
        "metric": _FILLED,
        "outcome": _word(words.OUTCOMES, empty=True),
        "value_text": _TEXT,
        "value": _number(),
        "value_low": _number(),
        "value_high": _number(),
        "unit": _word(words.UNITS),
        "precision": _word(words.PRECISIONS),
        "before_text": _TEXT,
        "before": _number(),
        "before_low": _number(),
        "before_high": _number(),
        "n_prompts": _number(ge=1),
        "table_or_figure": _TEXT,
        "status": _word(words.STATUSES),
        "provenance": _word(words.PROVENANCES),
        "source_title": _TEXT,
        "source_address": pa.Column(str, pa.Check.str_matches(r"^(https?://\S+)?$", error="must be a web address")),
        "note": _TEXT,
    },
    checks=[
        pa.Check(_within_bounds, error="value or before_value is outside the bounds of its unit"),
        pa.Check(_number_or_words, error="value is not a number"),
        pa.Check(_recalled_from_memory, error="status recalled and provenance memory go together"),
        pa.Check(_has_source, error="a verified row needs a source_address"),
        pa.Check(_harmful_among_examples, error="n_harmful is larger than n_examples"),
    ],
    unique=["measurement_id"],
    strict=True,
    ordered=True,
)


def _defect_where_contradicted(frame: pd.DataFrame) -> pd.Series:
    contradicted = frame["verdict"] == "contradicted"
    return (contradicted == (frame["defect_kind"] != "")) & (contradicted == (frame["severity"] != ""))


def _one_name_a_number(frame: pd.DataFrame) -> pd.Series:
    return frame.groupby(frame["chapter"].str[:2])["chapter"].transform("nunique") == 1


CLAIMS = pa.DataFrameSchema(
    {
        "claim_id": _id("C"),
        "article": _word(("000", "001")),
        "section": _FILLED,
        "chapter": pa.Column(str, pa.Check.str_matches(r"^\d\d_[a-z_]+$", error="must be a number and a name")),
        "claim": _FILLED,
        "claim_type": _word(words.CLAIM_TYPES),
        "made_as": _word(words.MADE_AS),
        "verdict": _word(VERDICTS),
        "defect_kind": _word(words.DEFECT_KINDS, empty=True),
        "severity": _word(words.SEVERITIES, empty=True),
        "measurement_ids": pa.Column(object),
        "citation_keys": pa.Column(object),
        "published_evidence": _TEXT,
        "note": _TEXT,
    },
    checks=[
        pa.Check(
            _defect_where_contradicted,
            error="defect_kind and severity are filled exactly where the verdict is contradicted",
        ),
        pa.Check(_one_name_a_number, error="the chapter's number goes with two names"),
    ],
    unique=["claim_id"],
    strict=True,
    ordered=True,
)


FIGURES = pa.DataFrameSchema(
    {
        "figure": _FILLED,
        "group": _TEXT,
        "label": _TEXT,
        "measurement_id": _id("M"),
        "against": pa.Column(
            str, pa.Check.str_matches(r"^(M\d{3,4})?$", error="must be M and three or four digits, or empty")
        ),
    },
    unique=["figure", "measurement_id", "against", "group"],
    strict=True,
    ordered=True,
)


def check(frame: pd.DataFrame, schema: pa.DataFrameSchema, id_column: str, table: str) -> pd.DataFrame:
    """The frame itself, if every row is right.

    Raises:
        ValueError: with one line a wrong row: table, id, column and reason.
    """
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as wrong:
        raise ValueError(_told(wrong.failure_cases, frame[id_column], table)) from None


def _told(cases: pd.DataFrame, ids: pd.Series, table: str) -> str:
    lines: dict[str, None] = {}  # keeps the order, drops repetitions
    for case in cases.itertuples():
        row = ids.get(case.index, "every row") if pd.notna(case.index) else "the table"
        column = f"{case.column}: " if case.schema_context == "Column" else ""
        value = f" (found {case.failure_case!r})" if case.schema_context == "Column" else ""
        reason = "the id occurs twice" if case.check == "multiple_fields_uniqueness" else case.check
        lines[f"{table}, {row}: {column}{reason}{value}"] = None
    return "\n".join(lines)


def check_links(frame: pd.DataFrame, column: str, known: set[str], id_column: str, table: str) -> None:
    """Every item of a column of tuples (or of single keys) is known.

    Raises:
        ValueError: naming the row, the unknown items and the column.
    """
    for row_id, items in zip(frame[id_column], frame[column], strict=True):
        unknown = sorted(set([items] if isinstance(items, str) else items) - known)
        if unknown:
            raise ValueError(f"{table}, {row_id}: {column} names {', '.join(unknown)}, which does not exist")
