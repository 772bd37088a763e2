"""Filters for documents: quality rules, a perplexity limit from the user's own reference text, a list of terms.

A perplexity filter asks whether a text reads like the reference. It therefore stops noise, and lets fluent text
pass whatever it says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ftsec.base.errors import InputError
from ftsec.defenses.ngram import NgramModel
from ftsec.defenses.quality_rules import Terms, c4_problem, gopher_problem
from ftsec.defenses.training_data.copying import copying

RULES = {"c4": c4_problem, "gopher": gopher_problem}
Filter = Callable[[str], str]  # text -> why it is dropped, empty if it stays


@dataclass
class Filtered:
    """What a pass did: documents read, those that could not be read, and how many were dropped for which reason."""

    read_as: str = ""
    n_documents: int = 0
    n_unreadable: int = 0
    reasons: Counter = field(default_factory=Counter)

    @property
    def n_kept(self) -> int:
        return self.n_documents - self.reasons.total()


def perplexity_filter(reference: Sequence[str], quantile: float = 0.99, held_out: float = 0.2) -> Filter:
    """Drop what surprises a model of the reference more than `quantile` of the reference itself.

    The model is trained on the first part of the reference; the limit is the quantile of the surprise
    (bits per byte) on the rest, the share `held_out`.

    Raises:
        InputError: if there are fewer than ten reference texts or the quantile is not between 0 and 1.
    """
    if len(reference) < 10:
        raise InputError(f"a reference needs at least 10 documents, got {len(reference)}")
    if not 0 < quantile <= 1:
        raise InputError(f"quantile must lie above 0 and at most at 1, got {quantile}")
    cut = max(1, round(len(reference) * (1 - held_out)))
    model = NgramModel(reference[:cut])
    held = [bits for text in reference[cut:] if not np.isnan(bits := model.bits_per_byte(text))]
    limit = float(np.quantile(held, quantile)) if held else np.nan
    if np.isnan(limit):
        raise InputError("the reference ends in empty documents, so it gives no limit")
    return partial(_too_surprising, model, limit)


def term_filter(terms: Iterable[str]) -> Filter:
    """Drop what contains one of the user's terms."""
    listed = [term for term in terms if term.strip()]
    if not listed:
        raise InputError("the list of terms is empty")
    sought = Terms(listed)
    return lambda text: f"term: {found}" if (found := sought.found_in(text)) else ""


def rule_filter(name: str) -> Filter:
    """The rules called ``c4`` or ``gopher``."""
    if name not in RULES:
        raise InputError(f"rules must be one of {', '.join(RULES)}, got {name!r}")
    return RULES[name]


def first_problem(text: str, filters: Sequence[Filter]) -> str:
    """The first reason to drop a text, empty if it stays."""
    return next((problem for one in filters if (problem := one(text))), "")


def filter_file(
    source: Path, target: Path, filters: Sequence[Filter], *, field: str = "", keep_bad: bool = False,
    report: Path | None = None, beside: Iterable[Path | None] = (), force: bool = False,
) -> Filtered:  # fmt: skip
    """Copy what passes every filter from `source` to `target`, byte for byte.

    Args:
        report: takes every dropped row as CSV: ``line, reason``.
        beside: files that the filters were made from; no output may replace them.

    Raises:
        InputError: see `copying`; then no output appears.
    """
    if not filters:
        raise InputError("no filter was chosen")
    with copying(source, target, field=field, keep_bad=keep_bad, report=report, beside=beside, force=force) as copy:
        result = Filtered(copy.data.read_as)
        copy.note("line", "reason")
        for row in copy.rows():
            result.n_documents += 1
            result.n_unreadable += row.conversation is None
            problem = first_problem(row.conversation.text, filters) if row.conversation else ""
            if problem:
                result.reasons[problem] += 1
                copy.note(row.line, problem)
            else:
                copy.writer.keep(row)
    return result


def _too_surprising(model: NgramModel, limit: float, text: str) -> str:
    return "" if model.bits_per_byte(text) <= limit else "perplexity"
