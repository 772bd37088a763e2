"""Which data sources to defend first: the printed priority of the article with its look-up repaired."""

from __future__ import annotations

from collections.abc import Iterable

from ftsec.base.errors import InputError

DIFFICULTIES = ("Easy", "Medium", "Hard", "Very hard")  # to detect poison, easiest first
HIGH, STANDARD = "HIGH_PRIORITY", "STANDARD"


def prioritize_by_difficulty(difficulties: Iterable[tuple[str, str]], high_from: str = "Hard") -> list[tuple[str, str]]:
    """(source, priority) in the order of detection difficulty, hardest first; equals keep their order.

    This is the article's function as its comments describe it: the score is looked up under the level alone, and a
    level that is not on the scale is refused instead of counting as ``Medium``. It still judges by one criterion; how
    much of a source an attacker can reach does not enter.

    Args:
        difficulties: (source, level), the level one of `DIFFICULTIES`.
        high_from: the least difficulty that makes a source ``HIGH_PRIORITY``; ``Hard`` in the article.

    Raises:
        InputError: if a level is not on the scale.
    """
    least = _score("high_from", high_from)
    scored = [(source, _score(source, level)) for source, level in difficulties]
    scored.sort(key=lambda pair: pair[1], reverse=True)
    return [(source, HIGH if score >= least else STANDARD) for source, score in scored]


def _score(name: str, level: str) -> int:
    if level not in DIFFICULTIES:
        raise InputError(f"{name}: {level!r} is no detection difficulty; allowed are {', '.join(DIFFICULTIES)}")
    return DIFFICULTIES.index(level)
