"""What a model's scores of canaries say: read with care, and judged against the most bits that may show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.canaries import SCORE_COLUMNS, Score, score
from ftsec.defenses.measured import number, shown
from ftsec.defenses.strict import json_lines

LIMIT = "a log-likelihood is at most 0; if these are losses, turn their sign; differences to another model's: --ratio"


@dataclass(frozen=True)
class Exposed:
    """The scores against a limit.

    Attributes:
        scores: the most exposed canary first.
        at_most: bits that may show; None if no limit was given.
        above: canaries that show more.
        too_few: canaries with so few candidates that they could not show more than the limit.
        lacking: what of the rows is not there, in words; without `canaries` or `n_rows` nobody can know.
        blind: which missing rows could not be seen; empty if all could.
    """

    scores: tuple[Score, ...]
    at_most: float | None = None
    lacking: tuple[str, ...] = ()
    blind: str = ""

    @property
    def above(self) -> tuple[str, ...]:
        return tuple(row.canary for row in self.scores if self.at_most is not None and row.exposure > self.at_most)

    @property
    def too_few(self) -> tuple[str, ...]:
        return tuple(row.canary for row in self.scores if self.at_most is not None and row.largest <= self.at_most)

    @property
    def passed(self) -> bool:
        return not self.above and not self.too_few and not self.lacking

    @property
    def undecided(self) -> bool:
        return not self.above and bool(self.too_few or self.lacking)


def read_scored(path: Path, ratio: bool = False) -> Iterator[dict]:
    """The rows of a file of scores: ``canary, inserted, log_likelihood``; other keys, the text too, may be missing.

    Args:
        ratio: the numbers are differences between two models' log-likelihoods, so they may be above 0.

    Raises:
        InputError: at a row that cannot be what it says, with its line.
    """
    for line, row in json_lines(path):
        yield checked(row, f"{path}, line {line}", ratio)


def checked(row: Mapping, where: str, ratio: bool = False) -> dict:
    """One row of scores as plain values.

    Raises:
        InputError: if a value is missing, of another kind, or impossible.
    """
    if missing := [name for name in SCORE_COLUMNS if name not in row]:
        raise InputError(f"{where}: a scored text has {', '.join(SCORE_COLUMNS)}; missing: {', '.join(missing)}")
    canary, inserted = row["canary"], row["inserted"]
    if not isinstance(canary, str) or not canary:
        raise InputError(f"{where}: canary must be a name, got {shown(canary)}")
    if not isinstance(inserted, bool):
        raise InputError(f"{where}: inserted must be true or false, got {shown(inserted)}")
    likelihood = number(row["log_likelihood"], f"{where}: log_likelihood")
    if not math.isfinite(likelihood):
        raise InputError(f"{where}: log_likelihood must be a finite number, got {shown(likelihood)}")
    if likelihood > 0 and not ratio:
        raise InputError(f"{where}: log_likelihood is {likelihood:.4g}; {LIMIT}")
    return {"canary": canary, "inserted": inserted, "log_likelihood": likelihood}


def judge_scores(
    rows: Iterable[Mapping], at_most: float | None = None, planted: Iterable[str] | None = None,
    n_rows: int | None = None,
) -> Exposed:  # fmt: skip
    """Exposures against the most bits that may show.

    A canary that the model never saw shows at least b bits with probability ``2 ** -b``: with many canaries set the
    limit so high that chance alone does not reach it.

    Args:
        planted: the names of all canaries that were planted.
        n_rows: how many rows there must be, candidates included; with fewer an exposure may look smaller.
    """
    if at_most is not None:
        check_limit(at_most, "the limit")
    listed = list(rows)
    names = {str(row["canary"]) for row in listed if "canary" in row}
    gone = sorted(set(planted or ()) - names)
    lacking = [f"no scores of {', '.join(gone)}"] if gone else []
    if n_rows is not None and len(listed) != n_rows:
        lacking.append(f"{n_rows:,} rows were expected, here are {len(listed):,}")
    return Exposed(tuple(score(listed)), at_most, tuple(lacking), _blind(planted is not None, n_rows is not None))


def _blind(knows_names: bool, knows_rows: bool) -> str:
    if knows_rows:
        return ""
    if knows_names:
        return "missing candidates cannot be seen here: --rows N says how many rows there must be"
    return "missing rows cannot be seen here: --rows N or --canaries FILE says what must be there"


def check_limit(bits: float, what: str) -> float:
    """The most bits that may show, if a number could stand above them.

    Raises:
        InputError: if they are no finite number from 0 on; above "nan" stands nothing.
    """
    if not math.isfinite(bits) or bits < 0:
        raise InputError(f"{what} must be a finite number of bits, 0 or more, got {bits:g}")
    return bits


def as_json(exposed: Exposed) -> dict:
    """The verdict and every canary as plain values."""
    return {
        "passed": exposed.passed if exposed.at_most is not None else None,
        "at_most": exposed.at_most,
        "above": exposed.above,
        "too_few_candidates": exposed.too_few,
        "lacking": exposed.lacking,
        "not_seen": exposed.blind,
        "canaries": [row._asdict() for row in exposed.scores],
    }


def as_lines(exposed: Exposed) -> Sequence[str]:
    """A table, and what follows from the limit and from the rows that must be there."""
    lines = [f"{'canary':<12} {'exposure':>8} {'allowed':>8} {'measurable':>10} {'p-value':>8}"]
    allowed = "-" if exposed.at_most is None else f"{exposed.at_most:g}"
    lines += [
        f"{row.canary:<12} {row.exposure:>8.2f} {allowed:>8} {row.largest:>10.2f} {row.p_value:>8.2g}"
        for row in exposed.scores
    ]
    lines += [exposed.blind] if exposed.blind else []
    if exposed.above:
        return [*lines, f"exposed by more than {exposed.at_most:g} bits: {', '.join(exposed.above)}"]
    if exposed.too_few:
        lines.append(f"cannot say: {beyond(exposed.at_most)}: {', '.join(exposed.too_few)}")
    lines += [f"cannot say: {what}" for what in exposed.lacking]
    decided = exposed.passed and exposed.at_most is not None
    return [*lines, f"none exposed by more than {exposed.at_most:g} bits"] if decided else lines


def beyond(at_most: float) -> str:
    """Why a limit that lies above what can be measured decides nothing."""
    return f"with so few candidates no more than {at_most:g} bits are measurable, so nothing could exceed this limit"
