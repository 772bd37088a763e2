"""How reliable the verdicts are: thirty claims were coded twice, and the agreement is counted.

The sheet for the second coding shows a claim and the measurements that bear on it, never the first verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError
from ftsec.base.typeset import amount
from ftsec.base.vocabulary import VERDICTS
from ftsec.evidence.intervals import bootstrap
from ftsec.evidence.tables import DATA, claims, evidence_for

SEED = 20261122  # of the draw of the claims that were coded twice
N_CODED = 30


@dataclass(frozen=True)
class Agreement:
    """Agreement of two codings: Cohen's kappa with a 95 % bootstrap interval over claims."""

    kappa: float
    low: float
    high: float
    agreed: int
    n: int


def second_coding() -> pd.DataFrame:
    """The codings of the claims that were coded again: first, second, informed, reason, resolved, resolution.

    The coder of ``second`` had never seen a verdict; the one of ``informed`` had read the table of verdicts once.
    """
    return _second_coding().copy()


@lru_cache(maxsize=1)
def _second_coding() -> pd.DataFrame:
    return pd.read_csv(DATA / "second_coding.csv", dtype=str, keep_default_na=False)


def coding_sheet(n_claims: int = N_CODED, seed: int = SEED) -> pd.DataFrame:
    """A random draw of claims with the figures that bear on them, without verdicts: a sheet for a second coder.

    Args:
        n_claims: how many claims to draw.
        seed: of the draw; the default draws the claims of `second_coding`.

    Returns:
        One row a claim and figure: claim_id, section, claim_type, claim, figure (``""`` where none bears on it).

    Raises:
        InputError: if there are not that many claims.
    """
    table = claims().set_index("claim_id")
    if not 1 <= n_claims <= len(table):
        raise InputError(f"n_claims must be between 1 and {len(table)}, got {n_claims}")
    drawn = sorted(np.random.default_rng(seed).choice(table.index, n_claims, replace=False))
    rows = [
        (claim_id, *table.loc[claim_id, ["section", "claim_type", "claim"]], figure)
        for claim_id in drawn
        for figure in (_figures(claim_id) or [""])
    ]
    return pd.DataFrame(rows, columns=["claim_id", "section", "claim_type", "claim", "figure"])


def _figures(claim_id: str) -> list[str]:
    return [
        f"{row.measurement_id} {row.topic}; {', '.join(filter(None, (row.model, row.procedure)))}: {row.metric} = "
        f"{amount(row.value_text, row.unit, row.metric)}" + (f" (before {row.before_text})" if row.before_text else "")
        for row in evidence_for(claim_id).itertuples()
    ]


def cohen_kappa(first: np.ndarray, second: np.ndarray) -> float:
    """Cohen's kappa of two codings of the same items: agreement beyond what the marginals would give by chance.

    One (perfect agreement) if both coders used one and the same verdict throughout.
    """
    first, second = np.asarray(first), np.asarray(second)
    observed = np.mean(first == second)
    chance = sum(np.mean(first == verdict) * np.mean(second == verdict) for verdict in VERDICTS)
    return 1.0 if chance == 1 else float((observed - chance) / (1 - chance))


def agreement(codings: pd.DataFrame | None = None, seed: int = 0) -> Agreement:
    """Agreement of the two codings.

    Args:
        codings: columns first and second; default `second_coding`.
        seed: of the bootstrap (percentile interval, 2,000 resamples of claims).
    """
    table = second_coding() if codings is None else codings
    first, second = table["first"].to_numpy(), table["second"].to_numpy()
    found = bootstrap(lambda drawn: cohen_kappa(first[drawn], second[drawn]), len(table), seed)
    agreed = int((first == second).sum())
    return Agreement(*found, agreed, len(table))
