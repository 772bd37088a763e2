"""Who leads: like is compared with like, and where sides met different opponents the board says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

import pandas as pd

from ftsec.game.results import Row


def comparable(rows: Iterable[Row]) -> Iterator[tuple[tuple[str, str], list[Row]]]:
    """The matches under the same rules (budget, prices) on the same models and draws, as seeds and rules name them."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.seeds, row.rules), []).append(row)
    yield from groups.items()


def blue_board(rows: Iterable[Row]) -> pd.DataFrame:
    """Blues, best first: the worst match counts, since attackers choose. Columns team, points, worst_against, …

    ``common`` is the same against those Reds alone that every Blue met; empty if there are none.
    """
    table = pd.DataFrame([asdict(each) for each in rows])
    by = ["blue_team", "blue_digest"]
    worst = table.loc[table.groupby(by)["red_points"].idxmax()]
    met = table[table.red_digest.isin(_met_by_all(table, "blue_digest", "red_digest"))]
    common = (100 - met.groupby("blue_digest")["red_points"].max()).round(1)
    board = pd.DataFrame({
        "team": worst.blue_team, "points": 100 - worst.red_points, "worst_against": worst.red_team,
        "harm": worst.harm, "honest_loss": worst.honest_loss, "common": worst.blue_digest.map(common),
        "matches": worst.blue_digest.map(table.blue_digest.value_counts()),
    })  # fmt: skip
    return board.sort_values(["points", "team"], ascending=[False, True]).reset_index(drop=True)


def red_board(rows: Iterable[Row]) -> pd.DataFrame:
    """Red teams, best first; against each Blue their best job counts.

    ``points`` is the mean over the Blues that the team met. ``ahead`` is how far it is, on average, above the other
    Reds against the same Blues, and ranks them; empty where nobody else met its Blues.
    """
    table = pd.DataFrame([asdict(each) for each in rows])
    best = table.groupby(["red_team", "blue_digest"], as_index=False)["red_points"].max()
    others = best.groupby("blue_digest")["red_points"]
    count, total = others.transform("size"), others.transform("sum")
    best["ahead"] = best.red_points - (total - best.red_points) / (count - 1).where(count > 1)
    board = best.groupby("red_team").agg(
        points=("red_points", "mean"), ahead=("ahead", "mean"), best=("red_points", "max"), blues=("red_points", "size")
    )
    board = board.round(1).rename_axis("team").reset_index()
    ranked = board.sort_values(["ahead", "points", "team"], ascending=[False, False, True], na_position="last")
    return ranked.reset_index(drop=True)


def remarks(rows: Iterable[Row]) -> list[str]:
    """What a reader of the two boards has to know: sentences, none if everybody met the same opponents."""
    table = pd.DataFrame([asdict(each) for each in rows])
    told = []
    if _differ(table, "blue_digest", "red_digest"):
        n = len(_met_by_all(table, "blue_digest", "red_digest"))
        told.append(f"The Blues did not meet the same Reds: `common` counts only the {n} Reds that all of them met.")
    if _differ(table, "red_team", "blue_digest"):
        told.append("The Reds did not meet the same Blues, so that their `points` do not compare; `ahead` does.")
    if table.n_models.nunique() > 1 or table.versions.nunique() > 1:
        told.append("Not all matches were played with the same number of models and the same versions of the packages.")
    return told


def _differ(table: pd.DataFrame, side: str, other: str) -> bool:
    return table.groupby(side)[other].agg(frozenset).nunique() > 1


def _met_by_all(table: pd.DataFrame, side: str, other: str) -> set[str]:
    return set.intersection(*table.groupby(side)[other].agg(set))
