"""What three readers who had seen no verdict made of the claims: majority, agreement with its interval, and a range.

The readers were language models. Each got the words of a claim, the rows that bear on it and the rules, and nothing
else; so their agreement says how clear rows and rules are, and is not called independent. A fourth column, ``found``,
holds the verdicts of a reader who got thirty claims without rows and looked for the evidence too.

Where a search found rows after the readers had judged, the claim is judged again by the same rules (``rejudged.csv``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.base.vocabulary import VERDICTS
from ftsec.evidence.intervals import bootstrap
from ftsec.evidence.tables import DATA

READERS = ("a", "b", "c")
FOUND = "found"
STORED = DATA / "readings.csv"
LATER = DATA / "rejudged.csv"
NO_MAJORITY = "partly"  # three readers with three verdicts: the middle one


@dataclass(frozen=True)
class Fleiss:
    """Agreement of several readers: Fleiss' kappa with a 95 % bootstrap interval over claims.

    Attributes:
        kappa, low, high: agreement beyond chance and its interval.
        unanimous: claims on which all readers agree.
        n: claims.
    """

    kappa: float
    low: float
    high: float
    unanimous: int
    n: int


def readings() -> pd.DataFrame:
    """The verdicts one claim a row: claim_id, a, b, c, found (``""`` where it was not asked), reason_a … reason_found.

    Raises:
        ValueError: if a verdict is not one of the four, or a claim occurs twice.
    """
    return _readings().copy()


@lru_cache(maxsize=1)
def _readings() -> pd.DataFrame:
    return read_readings(STORED)


def read_readings(path: Path) -> pd.DataFrame:
    """See `readings`."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if frame["claim_id"].duplicated().any():
        raise ValueError(f"{path.name}: a claim occurs twice")
    for reader, allowed in (*((one, VERDICTS) for one in READERS), (FOUND, (*VERDICTS, ""))):
        wrong = frame[~frame[reader].isin(allowed)]
        if len(wrong):
            raise ValueError(f"{path.name}, {wrong.iloc[0]['claim_id']}: {reader} is no verdict")
    return frame


def majority(frame: pd.DataFrame | None = None) -> pd.Series:
    """The verdict of at least two readers, by claim; `NO_MAJORITY` where all three differ."""
    table = readings() if frame is None else frame
    said = table.set_index("claim_id")[list(READERS)]
    return said.apply(_most_said, axis=1)


def _most_said(verdicts: pd.Series) -> str:
    counts = verdicts.value_counts()
    return str(counts.index[0]) if counts.iloc[0] > 1 else NO_MAJORITY


def rejudged() -> pd.DataFrame:
    """The claims judged again on rows that the readers had not seen: claim_id, verdict, measurement_ids, reason."""
    frame = pd.read_csv(LATER, dtype=str, keep_default_na=False)
    return frame.assign(measurement_ids=frame["measurement_ids"].str.split("; "))


def fleiss_kappa(counts: np.ndarray) -> float:
    """Fleiss' kappa of counts: claims down, verdicts across, readers a claim the same everywhere.

    One if all readers used one and the same verdict throughout.
    """
    counts = np.asarray(counts, dtype=float)
    readers = counts.sum(axis=1)[0]
    observed = np.mean((np.sum(counts**2, axis=1) - readers) / (readers * (readers - 1)))
    chance = np.sum((counts.sum(axis=0) / counts.sum()) ** 2)
    return 1.0 if np.isclose(chance, 1) else float((observed - chance) / (1 - chance))


def fleiss(frame: pd.DataFrame | None = None, seed: int = 0) -> Fleiss:
    """Agreement of the three readers (percentile interval, 2,000 resamples of claims)."""
    table = readings() if frame is None else frame
    said = table[list(READERS)].to_numpy()
    counts = np.stack([(said == verdict).sum(axis=1) for verdict in VERDICTS], axis=1)
    found = bootstrap(lambda drawn: fleiss_kappa(counts[drawn]), len(counts), seed)
    unanimous = int((counts == len(READERS)).any(axis=1).sum())
    return Fleiss(*found, unanimous, len(counts))


def contradicted_range(frame: pd.DataFrame | None = None, claim_ids: Iterable[str] | None = None) -> tuple[int, int]:
    """How many claims are contradicted: by all three readers, and by at least one.

    Args:
        frame: default `readings`.
        claim_ids: only these claims; default all.
    """
    table = readings() if frame is None else frame
    table = table if claim_ids is None else table[table["claim_id"].isin(set(claim_ids))]
    votes = (table[list(READERS)] == "contradicted").sum(axis=1)
    return int((votes == len(READERS)).sum()), int((votes > 0).sum())
