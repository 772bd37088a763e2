"""How sure a finding is, by a written rule: how many groups of authors, on how many models, read where.

The level is computed from the rows behind a finding and never typed. Two works belong to one group if they share an
author, or if a chain of such works joins them.

- **high**: figures of at least three groups were read at the source (the paper or its authors' files), on three models
  or more;
- **medium**: figures of two groups were read at the source, or of one, and a second group's in its abstract;
- **low**: anything less that was read at the source or in an abstract;
- **open**: nothing but notes, second hand or memory, or no figure at all.

Where the ledger calls one of the claims behind a finding *partly*, the figures point both ways, and the level is
**medium** at most. The rule counts; it does not know whether those who measured a repair also made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import pandas as pd

from ftsec.base.errors import InputError
from ftsec.evidence.references import authors
from ftsec.evidence.tables import DATA, claims, measurements, read_findings

AT_SOURCE = ("authors", "paper_text")
IN_ABSTRACT = "abstract"
GROUPS_FOR_HIGH, GROUPS_FOR_MEDIUM, MODELS_FOR_HIGH = 3, 2, 3


@dataclass(frozen=True)
class Certainty:
    """What the rule says of some rows, and the counts that it goes by.

    Attributes:
        level: ``high``, ``medium``, ``low`` or ``open``.
        groups: groups of authors whose figures were read at the source or in an abstract.
        models: models that these figures speak of.
        at_source, figures: figures read in the paper or its authors' files, and all of them.
    """

    level: str
    groups: int
    models: int
    at_source: int
    figures: int

    def __str__(self) -> str:
        if not self.figures:
            return "open (no published figure)"
        groups = "1 group" if self.groups == 1 else f"{self.groups} groups"
        models = "1 model" if self.models == 1 else f"{self.models} models"
        return f"{self.level} ({groups}, {models}, {self.at_source} of {self.figures} figures read at the source)"


def how_sure(rows: pd.DataFrame, both_ways: bool = False) -> Certainty:
    """The rule of this module for some rows of `measurements`.

    Args:
        both_ways: a claim that the rows bear on is *partly* true.
    """
    source = rows[rows["provenance"].isin(AT_SOURCE)]
    read = rows[rows["provenance"].isin((*AT_SOURCE, IN_ABSTRACT))]
    groups, first_hand = n_groups(read["citation_key"]), n_groups(source["citation_key"])
    level = _level(first_hand, groups, n_models(source["model"]))
    level = "medium" if level == "high" and both_ways else level
    return Certainty(level, groups, n_models(read["model"]), len(source), len(rows))


def sure_of_claims(claim_ids: Iterable[str], only: Iterable[str] = ()) -> Certainty:
    """The rule for all figures that bear on some claims, each counted once.

    Args:
        claim_ids: the claims.
        only: some of their figures, where a finding rests on a part of them; empty for all.

    Raises:
        InputError: if a claim does not exist.
    """
    table = claims().set_index("claim_id")
    unknown = sorted(set(claim_ids) - set(table.index))
    if unknown:
        raise InputError(f"there is no claim {unknown[0]!r}")
    chosen = table.loc[list(claim_ids)]
    ids = set(only) or {one for cell in chosen["measurement_ids"] for one in cell}
    rows = measurements()
    return how_sure(rows[rows["measurement_id"].isin(ids)], both_ways=bool((chosen["verdict"] == "partly").any()))


def findings() -> pd.DataFrame:
    """Every part of *What we found* that rests on published figures: part, finding, about, how_sure."""
    table = _findings()[["part", "finding", "about"]]
    return table.assign(how_sure=[str(one) for one in sure_of_findings().values()])


def sure_of_findings() -> dict[str, Certainty]:
    """The rule for every part of *What we found*, by its name in ``findings.csv``."""
    return {row.part: sure_of_claims(row.claims, row.measurements) for row in _findings().itertuples()}


@lru_cache(maxsize=1)
def _findings() -> pd.DataFrame:
    return read_findings(DATA / "findings.csv", claims())


def n_groups(keys: Iterable[str]) -> int:
    """How many groups of authors wrote these works."""
    people = [set(authors(key)) for key in sorted(set(keys))]
    parts = [{index} for index in range(len(people))]
    for one, other in combinations(range(len(people)), 2):
        if people[one] & people[other]:
            mine = next(part for part in parts if one in part)
            theirs = next(part for part in parts if other in part)
            if mine is not theirs:
                mine |= theirs
                parts.remove(theirs)
    return len(parts)


def n_models(cells: Iterable[str]) -> int:
    """How many models some cells of the column ``model`` name; ``"24 LLMs, 1.5B-72B"`` are twenty-four.

    Where one cell counts models and others name some, the larger of the two is taken: the named ones may be among them.
    """
    counted, named = 0, set()
    for cell in set(cells):
        number = re.match(r"(\d+) (?:\S+ ){0,4}?(?:LLMs|models|chat models|fine-tuned LLMs)\b", cell)
        if number:
            counted = max(counted, int(number[1]))
        else:
            named |= {one.strip() for one in re.split(r", | vs ", cell) if one.strip()}
    return max(counted, len(named))


def _level(first_hand: int, groups: int, models: int) -> str:
    if first_hand >= GROUPS_FOR_HIGH and models >= MODELS_FOR_HIGH:
        return "high"
    if first_hand >= GROUPS_FOR_MEDIUM or (first_hand and groups >= GROUPS_FOR_MEDIUM):
        return "medium"
    return "low" if groups else "open"
