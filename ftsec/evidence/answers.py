"""The answer that stands under a chapter's title: what holds, in a sentence or two, how many claims do, what to do.

The sentences lie in ``data/answers.toml``, one entry a chapter. They hold no number of their own: ``{M007}`` is that
measurement as printed (``{M007.n_examples}`` another column of its row), ``{contradicted}`` how many of the claims got
that verdict, and any other name in braces is given by the chapter, which computes it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ftsec.base.errors import InputError
from ftsec.base.vocabulary import VERDICTS
from ftsec.evidence.rows import DATA, measurement_rows
from ftsec.evidence.tables import claims

NAME = re.compile(r"\{(?P<name>[^{}.]*)(?:\.(?P<column>\w+))?\}")


@dataclass(frozen=True)
class Answer:
    """What a chapter found.

    Attributes:
        chapter: its number, as in ``"02"``.
        verdict: one or two sentences that can be understood without the chapter.
        advice: one sentence on what to do.
        figure: the id of the cell that draws the chapter's headline figure.
        counts: how many claims got each verdict, in the order of the ledger; empty where no claim is judged.
        scope: whose claims are counted, where they are not the chapter's own.
    """

    chapter: str
    verdict: str
    advice: str
    figure: str
    counts: Mapping[str, int]
    scope: str = ""


def answer_of(chapter: str, **numbers: str | int) -> Answer:
    """The answer of one chapter.

    Args:
        chapter: its number, as in ``"02"``.
        numbers: what the sentences name in braces and the evidence does not know, already in a reader's digits.

    Raises:
        InputError: if there is no answer for the chapter, or if it names a number that nobody gives.
    """
    if chapter not in answers():
        raise InputError(f"no answer for chapter {chapter!r}; allowed: {', '.join(answers())}")
    entry = answers()[chapter]
    counts = _counts(chapter, entry.get("claims"))
    known = {verdict.replace(" ", "_"): str(n) for verdict, n in counts.items()}
    known |= {name: str(value) for name, value in numbers.items()} | {"claims": str(sum(counts.values()))}
    verdict, advice = (_filled(entry[part], known, chapter) for part in ("verdict", "advice"))
    return Answer(chapter, verdict, advice, entry["figure"], counts, entry.get("scope", ""))


@cache
def answers() -> Mapping[str, dict]:
    """The sentences as they stand in the file, by the chapter's number."""
    return tomllib.loads((DATA / "answers.toml").read_text(encoding="utf-8"))


def _counts(chapter: str, named: str | list[str] | None) -> dict[str, int]:
    """How many claims got each verdict: of the chapter, of those named, or of all."""
    table = claims()
    if named == "all":
        chosen = table
    elif named is not None:
        chosen = table[table["claim_id"].isin(named)]
    else:
        chosen = table[table["chapter"].str[:2] == chapter]
    found = chosen["verdict"].value_counts()
    return {verdict: int(found.get(verdict, 0)) for verdict in VERDICTS if len(chosen)}


def _filled(text: str, known: Mapping[str, str], chapter: str) -> str:
    def number(match: re.Match) -> str:
        printed = known.get(match["name"]) or _printed().get(match["name"], {}).get(match["column"] or "value", "")
        if not printed:
            raise InputError(f"the answer of chapter {chapter} names {match[0]}, which nothing gives")
        return printed

    return NAME.sub(number, " ".join(text.split()))


@cache
def _printed() -> Mapping[str, Mapping[str, str]]:
    return {row["measurement_id"]: row for row in measurement_rows()}
