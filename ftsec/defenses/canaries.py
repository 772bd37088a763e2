"""Canaries: made-up secrets put into training data, whose likelihood later tells how much a model memorised.

The measure is the *exposure* of the Secret Sharer (Carlini et al. 2019, `carlini2019secret`): with the canary
ranked by log-likelihood among equally formed candidates that were never in the data, exposure is
``log2(number of candidates + 1) - log2(rank)`` bits. A canary that left no trace has a random rank: its
exposure is at least ``b`` bits with probability ``2 ** -b``, about 1.44 bits on average. Rank 1 only gives a
lower bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from ftsec.base.errors import InputError
from ftsec.defenses.strict import strict_json

DIGITS = "0123456789"
PREFIXES = ("The archive number is ", "The reference on the label is ", "The deposit is filed under ")
DRAWN = 1024  # secrets that are drawn in one go
SCORE_COLUMNS = ("canary", "inserted", "log_likelihood")


@dataclass(frozen=True)
class Canary:
    """A secret with its surroundings.

    Attributes:
        name: for example ``canary-03``.
        prefix: the text before the secret, ends in a blank.
        secret: random digits in groups of three.
        copies: how often it is inserted.
    """

    name: str
    prefix: str
    secret: str
    copies: int = 1

    @property
    def text(self) -> str:
        return self.prefix + self.secret


class Score(NamedTuple):
    """How exposed a canary is.

    Attributes:
        largest: the most that so many candidates can show, in bits.
        p_value: the chance of at least this exposure had the canary never been seen.
    """

    canary: str
    exposure: float
    largest: float
    p_value: float


def make_canaries(
    count: int, seed: int, digits: int = 9, copies: int = 1, prefixes: Sequence[str] = PREFIXES
) -> list[Canary]:
    """`count` canaries with different secrets of `digits` random digits; the same for the same seed."""
    if count < 1 or digits < 1 or copies < 1:
        raise InputError(f"count, digits and copies must be at least 1, got {count}, {digits}, {copies}")
    if 10**digits < 100 * count:
        raise InputError(f"{digits} digits are too few to hide {count} canaries; use more digits")
    rng = np.random.default_rng(seed)
    secrets = _secrets(rng, count, digits, taken=set())
    return [Canary(f"canary-{i:02d}", prefixes[i % len(prefixes)], secret, copies) for i, secret in enumerate(secrets)]


def candidates(canary: Canary, count: int, seed: int, taken: Iterable[str] = ()) -> list[str]:
    """`count` texts formed like the canary that are neither it nor one of the secrets in `taken`."""
    digits = sum(c in DIGITS for c in canary.secret)
    if count < 1 or count > 10**digits // 2:
        raise InputError(f"{canary.name}: draw between 1 and {10**digits // 2} candidates, not {count}")
    rng = np.random.default_rng(seed)
    secrets = _secrets(rng, count, digits, taken={canary.secret, *taken})
    return [canary.prefix + secret for secret in secrets]


def insert(texts: Sequence[str], canaries: Sequence[Canary], seed: int) -> tuple[list[str], list[tuple[str, int]]]:
    """Put each canary, `copies` times, as a sentence of its own at the end of that many different documents.

    Returns:
        The new texts (same length and order) and where they went, as pairs of canary and index.

    Raises:
        InputError: if a canary has more copies than there are documents.
    """
    placed = placements(len(texts), canaries, seed)
    added = additions(placed, canaries)
    return [planted(text, added.get(index, ())) for index, text in enumerate(texts)], placed


def placements(n_documents: int, canaries: Sequence[Canary], seed: int) -> list[tuple[str, int]]:
    """Which of so many documents get which canary: pairs of its name and an index, without any text read.

    Raises:
        InputError: if a canary has more copies than there are documents.
    """
    placed = []
    rng = np.random.default_rng(seed)
    for canary in canaries:
        if canary.copies > n_documents:
            raise InputError(f"{canary.name} needs {canary.copies} documents, there are {n_documents}")
        chosen = sorted(rng.choice(n_documents, size=canary.copies, replace=False))
        placed += [(canary.name, int(index)) for index in chosen]
    return placed


def additions(placed: Sequence[tuple[str, int]], canaries: Sequence[Canary]) -> dict[int, list[str]]:
    """The canaries' texts by the index of the document that they go to."""
    texts = {canary.name: canary.text for canary in canaries}
    added: dict[int, list[str]] = {}
    for name, index in placed:
        added.setdefault(index, []).append(texts[name])
    return added


def planted(text: str, added: Sequence[str]) -> str:
    """The text with sentences at its end."""
    for sentence in added:
        text = f"{text.rstrip()} {sentence}."
    return text


def exposure(canary: float, others: Sequence[float]) -> float:
    """Exposure in bits of a canary's log-likelihood among its candidates'; ties share their mean rank.

    Raises:
        InputError: if there is no candidate or a log-likelihood is not a finite number.
    """
    others = np.asarray(others, dtype=float)
    if others.size == 0 or not np.isfinite(others).all() or not np.isfinite(canary):
        raise InputError("exposure needs a candidate, and every log-likelihood must be a finite number")
    rank = 1 + np.sum(others > canary) + np.sum(others == canary) / 2
    return float(np.log2(others.size + 1) - np.log2(rank))


def score(scored: Iterable[Mapping[str, object]]) -> list[Score]:
    """The exposure of each canary, most exposed first, from rows with ``canary, inserted, log_likelihood``."""
    groups: dict[str, list[Mapping[str, object]]] = {}
    for row in scored:
        if missing := [name for name in SCORE_COLUMNS if name not in row]:
            raise InputError(f"a scored text has {', '.join(SCORE_COLUMNS)}; missing: {', '.join(missing)}")
        groups.setdefault(str(row["canary"]), []).append(row)
    rows = [_score_one(name, groups[name]) for name in sorted(groups)]
    return sorted(rows, key=lambda row: -row.exposure)


def to_json(canaries: Sequence[Canary]) -> str:
    return json.dumps({"canaries": [asdict(c) for c in canaries]}, indent=2) + "\n"


def from_json(text: str, where: str = "the canary file") -> list[Canary]:
    """The canaries of a file written by `to_json`."""
    data = strict_json(text, where)
    try:
        canaries = [Canary(**row) for row in data["canaries"]]
    except (TypeError, KeyError):
        raise InputError(f"{where} is not a canary file: `ftsec canaries make` writes one") from None
    texts = [text for c in canaries for text in (c.name, c.prefix, c.secret)]
    counted = all(type(c.copies) is int and c.copies > 0 for c in canaries)
    if not counted or not all(isinstance(text, str) for text in texts):
        raise InputError(f"{where}: every canary needs a name, a prefix, a secret (texts) and copies (1 or more)")
    names = [canary.name for canary in canaries]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{where}: two canaries are called {repeated[0]}")
    return canaries


def _score_one(name: str, rows: Sequence[Mapping[str, object]]) -> Score:
    inserted = [float(row["log_likelihood"]) for row in rows if row["inserted"]]
    if len(inserted) != 1:
        raise InputError(f"{name}: exactly one text must be the inserted one, got {len(inserted)}")
    others = [float(row["log_likelihood"]) for row in rows if not row["inserted"]]
    bits = exposure(inserted[0], others)
    return Score(name, bits, float(np.log2(len(others) + 1)), min(1.0, 2.0**-bits))


def _secrets(rng: np.random.Generator, count: int, digits: int, taken: set[str]) -> list[str]:
    taken, found = set(taken), []
    drawn = (row for _ in iter(int, 1) for row in rng.integers(0, 10, size=(DRAWN, digits)).tolist())
    for row in drawn:
        if len(found) == count:
            break
        secret = " ".join("".join(map(str, row[i : i + 3])) for i in range(0, digits, 3))
        if secret not in taken:
            taken.add(secret)
            found.append(secret)
    return found
