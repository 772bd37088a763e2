"""Defences, each with what it helped, what it cost and what broke it: ``defenses.csv`` over the measurements."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from ftsec.evidence import schema
from ftsec.evidence import vocabulary as words
from ftsec.evidence.references import cite, reference_keys
from ftsec.evidence.searches import searches
from ftsec.evidence.selection import by_id, shown_in
from ftsec.evidence.tables import DATA, measurements

# a metric names its judge in many words; in the table the name is enough
JUDGE = re.compile(r"share of answers (?:flagged by the (\w+) moderation model|that (.+?) flags)")
IDS = ("helped_ids", "cost_ids", "broken_by_ids")
HALF = 50  # per cent


def _attack_or_record(frame: pd.DataFrame) -> pd.Series:
    """A defence has the rows of what broke it, or the record of a search for it."""
    none = frame["broken"] == "no attack read"
    return (none == (frame["broken_by_ids"].map(len) == 0)) & (none == (frame["search_id"] != ""))


DEFENSES = pa.DataFrameSchema(
    {
        "defense_id": pa.Column(str, pa.Check.str_matches(r"^D\d{2}$", error="must be D and two digits")),
        "defense": pa.Column(str, pa.Check(lambda text: text.str.strip() != "", error="must not be empty")),
        "stage": pa.Column(str, pa.Check.isin(words.DEFENSE_STAGES, error=f"must be one of: {words.DEFENSE_STAGES}")),
        "citation_key": pa.Column(str),
        "helped_ids": pa.Column(object, pa.Check(lambda ids: ids.map(len) > 0, error="needs at least one id")),
        "cost_ids": pa.Column(object),
        "broken_by_ids": pa.Column(object),
        "broken": pa.Column(str, pa.Check.isin(words.BREAKS, error=f"must be one of: {words.BREAKS}")),
        "search_id": pa.Column(str),
        "note": pa.Column(str),
    },
    checks=[pa.Check(_attack_or_record, error="needs either broken_by_ids, or a search_id and 'no attack read'")],
    unique=["defense_id"],
    strict=True,
    ordered=True,
)


def read_defenses(path: Path) -> pd.DataFrame:
    """The table of a CSV file, checked: every id, citation key and search record exists.

    Raises:
        ValueError: with one line a wrong row: table, id, column and reason.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in IDS:
        frame[column] = [tuple(filter(None, cell.split("; "))) for cell in frame[column]]
    schema.check(frame, DEFENSES, "defense_id", path.name)
    known = {"citation_key": reference_keys(), "search_id": set(searches()["search_id"]) | {""}}
    for column in (*IDS, *known):
        ids = known.get(column, set(measurements()["measurement_id"]))
        schema.check_links(frame, column, ids, "defense_id", path.name)
    return frame


@lru_cache(maxsize=1)
def _defenses() -> pd.DataFrame:
    return read_defenses(DATA / "defenses.csv")


def defenses() -> pd.DataFrame:
    """The packaged table, in the order of the stages; see `read_defenses`."""
    order = {stage: place for place, stage in enumerate(words.DEFENSE_STAGES)}
    return _defenses().sort_values("stage", key=lambda stages: stages.map(order), kind="stable").reset_index(drop=True)


def outcomes() -> dict[str, int]:
    """How many defences there are, and how many were undone, weakened or never attacked in anything we read."""
    counts = _defenses()["broken"].value_counts()
    told = {"undone": "undone", "weakened": "weakened", "unattacked": "no attack read"}
    return {"defences": int(counts.sum())} | {name: int(counts[broken]) for name, broken in told.items()}


def own_papers() -> dict[str, int]:
    """Defences drawn by figures of the paper that proposes them: how many, and how many took over half of the harm."""
    frame = defense_map()
    own = frame[frame["own_paper"]]
    return {"own": len(own), "most": int((own["kept_off"] > HALF).sum())}


def as_table() -> pd.DataFrame:
    """What a team reads: one line a defence, with its source, effect, cost, and what broke it, as printed.

    A value names its source where that is not the defence's own.
    """
    table = defenses()
    own = table["citation_key"]
    lines = {
        "defence": table["defense"],
        "stage": table["stage"],
        "source": own.map(cite),
        "helped": [_told(*pair) for pair in zip(table["helped_ids"], own, strict=True)],
        "cost": [_told(*pair) for pair in zip(table["cost_ids"], own, strict=True)],
        "broken by": [_told(*pair) for pair in zip(table["broken_by_ids"], own, strict=True)],
        "outcome": table["broken"],
    }
    return pd.DataFrame(lines)


def _told(ids: tuple[str, ...], own: str) -> str:
    """The values as printed; what is measured, and by whom, stands once where several rows share it."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in by_id(ids).itertuples() if ids else []:
        source = row.mark if row.citation_key == own else f" ({row.source})"
        by_source = found.setdefault(JUDGE.sub(r"\1\2", row.metric), {})
        by_source.setdefault(source, []).append(_value(row))
    return "; ".join(f"{metric}: {_by_source(values)}" for metric, values in found.items())


def _value(row: tuple) -> str:
    return f"{row.before_text} → {row.quantity}" if row.before_text else row.quantity


def _by_source(values: dict[str, list[str]]) -> str:
    """Values with the source behind them; the defence's own paper is named where others stand beside it."""
    if len(values) > 1:
        values = {source if "(" in source else f" (own paper{source})": printed for source, printed in values.items()}
    return ", ".join(f"{', '.join(printed)}{source}" for source, printed in values.items())


def defense_map(include_weak: bool = True) -> pd.DataFrame:
    """What the map of defences draws: one row a defence whose effect is printed with the undefended value beside it.

    Args:
        include_weak: also rows read in notes, second hand or from memory.

    Returns:
        ``defense_id``, ``defense``, ``stage``, ``source``, ``weak``, ``kept_off``: the share (per cent) of the unsafe
        answers of the undefended model that the defence took away, by the more cautious end where a bound or a range is
        printed; ``broken_to``: the same share in the test that is set against it, by an attack or another model, task
        or setting (NaN where none is, or where its undefended value is not printed); ``cost`` in short words;
        ``broken``; ``own_paper``: whether ``kept_off`` was printed by the paper that proposes the defence.
    """
    rows = shown_in("defense_map", include_weak)
    table = defenses().set_index("defense_id").loc[rows["group"]]
    against = by_id([one for one in rows["against"] if one])
    broken_to = [_taken_away(against.loc[one] if one in against.index else None) for one in rows["against"]]
    frame = pd.DataFrame(
        {
            "defense_id": rows["group"],
            "defense": rows["label"],
            "stage": table["stage"].to_numpy(),
            "source": rows["source"],
            "weak": rows["weak"],
            "kept_off": [_taken_away(row) for _, row in rows.iterrows()],
            "broken_to": broken_to,
            "cost": [_short_cost(ids) for ids in table["cost_ids"]],
            "broken": table["broken"].to_numpy(),
            "own_paper": table["citation_key"].to_numpy() == rows["citation_key"].to_numpy(),
        }
    )
    order = frame["stage"].map({stage: place for place, stage in enumerate(words.DEFENSE_STAGES)})
    best_first = frame.assign(order=order).sort_values(["order", "kept_off"], ascending=[True, False], kind="stable")
    return best_first.drop(columns="order").reset_index(drop=True)


def _taken_away(row: pd.Series | None) -> float:
    """Per cent of the undefended rate that is gone, never below zero; a refusal rate is turned round."""
    if row is None:
        return float("nan")
    after, before = row["value_high"], row["before_low"]
    if row["outcome"] == "refusal_rate":
        top = words.UPPER_BOUNDS[row["unit"]]
        after, before = top - row["value_low"], top - row["before_high"]
    return max(0.0, 100 * (1 - after / before))


def _short_cost(ids: tuple[str, ...]) -> str:
    """Costs in a few words; several changes of usefulness become their range."""
    rows = [row for _, row in by_id(ids).iterrows()] if ids else []
    others = [text for text in map(_other_cost, rows) if text]
    changes = [change for change in map(_change, rows) if change == change]
    return ", ".join([*others, *([_points(changes)] if changes else [])])


def _other_cost(row: pd.Series) -> str:
    """Time, memory or needless refusals; nothing where the row says none of these."""
    if row["unit"] == "x":
        return f"time × {row['value_text']}"
    if row["unit"] == "GB":
        return f"memory × {row['value'] / row['before']:.1f}"
    if "refused" in row["metric"]:
        return f"{row['value'] - row['before']:+.0f} refused"
    return ""


def _change(row: pd.Series) -> float:
    """The change of usefulness in percentage points, NaN where the row says nothing of it."""
    if "refused" in row["metric"]:
        return float("nan")
    if row["unit"] == "percentage points":
        return -row["value_high"]
    scale = {"%": 1, "accuracy": 100}.get(row["unit"], float("nan"))
    return scale * (row["value"] - row["before"])


def _points(changes: list[float]) -> str:
    ends = [f"{change:+.1f}".replace("-", "−").removesuffix(".0") for change in (max(changes), min(changes))]
    if max(map(abs, changes)) < 0.05:
        return "no loss"
    return f"{ends[0]} points" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} points"
