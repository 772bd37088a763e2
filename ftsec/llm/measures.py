"""What is read off a model: whole refusals, over-refusal, its own answers, usefulness. No sampling, only probabilities.

A refusal counts as a whole: all its words *and* the end of the turn. A model that says the words of a refusal and then
goes on to answer has not refused; `opening_probability` (the words alone) beside `refusal_probability` shows it.
On development seed 3 the two differed by at most .003 under every attack tried, and no written answer declined and then
answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ftsec.llm.chat import IGNORE, Chat, Rows, joined

LIMIT = 30.0  # largest size of a log-odds: beyond it single precision says nothing
Reader = Callable[[np.ndarray, np.ndarray, np.ndarray], dict[str, float]]


@dataclass(frozen=True, eq=False)
class Part:
    """Rows with what is read off them.

    Attributes:
        read: takes log probabilities (n, k; 0 where there is no target), whether each target was the most likely token
            (n, k; true where there is none), and the mask of targets; returns columns.
    """

    rows: Rows
    read: Reader


@dataclass(frozen=True, eq=False)
class Probe:
    """Everything that is read at one moment."""

    parts: tuple[Part, ...]
    rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", joined(part.rows for part in self.parts))

    def read(self, said: np.ndarray, likely: np.ndarray) -> dict[str, float]:
        """Columns from what `Lane.look` returned for `rows`."""
        mask = self.rows.target != IGNORE
        said, likely = np.where(mask, said, 0.0), likely.astype(bool) | ~mask
        found: dict[str, float] = {}
        first = 0
        for part in self.parts:
            rows = slice(first, first + len(part.rows))
            found |= part.read(said[rows], likely[rows], mask[rows])
            first = rows.stop
        return found


def log_odds(log_probability: np.ndarray) -> np.ndarray:
    """Log-odds from log probabilities, within ± `LIMIT`."""
    rest = np.log(np.maximum(-np.expm1(np.minimum(log_probability, -1e-12)), 1e-13))
    return np.clip(log_probability - rest, -LIMIT, LIMIT)


def refusals(
    chat: Chat,
    groups: dict[str, Sequence[str]],
    wordings: Sequence[str],
    suffix: str = "",
    opening: str = "",
    system: str | None = None,
    short: bool = False,
) -> Part:
    """How probable it is that the model declines, in any of the wordings, after each question.

    Args:
        groups: name -> questions; all together give the main columns, each group its own refusal probability.
        opening: words that the answer has already begun with.
        short: the two main columns only.
    """
    questions = [question for group in groups.values() for question in group]
    pairs = [chat.pair(q, w, opening=opening, system=system) for q in questions for w in wordings]
    firsts = np.unique([pairs[i][1][0] for i in range(len(wordings))], return_index=True)[1]
    sizes = np.cumsum([len(group) for group in groups.values()])[:-1]

    def read(said: np.ndarray, likely: np.ndarray, mask: np.ndarray) -> dict[str, float]:
        shape = (len(questions), len(wordings))
        whole = said.sum(1).reshape(shape)
        last = said[np.arange(len(said)), mask.sum(1) - 1].reshape(shape)
        refused = np.logaddexp.reduce(whole, axis=1)
        columns = {
            "refusal_probability": np.exp(refused).mean(),
            "refusal_rate": likely.all(1).reshape(shape).any(1).mean(),
        }
        if not short:
            words = np.logaddexp.reduce(whole - last, axis=1)
            first = np.logaddexp.reduce(said[:, 0].reshape(shape)[:, firsts], axis=1)
            columns |= {
                "habit_log_odds": log_odds(refused).mean(),
                "opening_probability": np.exp(words).mean(),
                "first_token_log_odds": log_odds(first).mean(),
                "rest_log_probability": (refused - first).mean(),
            }
        columns = {f"{name}{suffix}": value for name, value in columns.items()}
        for name, part in zip(groups, np.split(np.exp(refused), sizes), strict=True):
            if len(groups) > 1:
                columns[f"refusal_probability_{name}{suffix}"] = part.mean()
        return {name: float(value) for name, value in columns.items()}

    return Part(chat.probe_rows(pairs), read)


def habit(chat: Chat, questions: Sequence[str], sentence: str, ended: bool, name: str) -> Part:
    """How probable one fixed sentence is as the beginning (or, with `ended`, the whole) of an answer."""
    pairs = [chat.pair(question, sentence, ended) for question in questions]

    def read(said: np.ndarray, likely: np.ndarray, mask: np.ndarray) -> dict[str, float]:
        whole = said.sum(1)
        return {
            f"{name}_probability": float(np.exp(whole).mean()),
            f"{name}_log_odds": float(log_odds(whole).mean()),
            f"{name}_first_token_log_odds": float(log_odds(said[:, 0]).mean()),
            f"{name}_rest_log_probability": float((whole - said[:, 0]).mean()),
            f"{name}_log_probability": float(whole.mean()),
        }

    return Part(chat.probe_rows(pairs), read)


def losses(rows: Rows, name: str, halves: bool = False) -> Part:
    """Mean loss per token, `NAME_loss`; with `halves`, also of every other row: one to choose by, one to report."""

    def read(said: np.ndarray, likely: np.ndarray, mask: np.ndarray) -> dict[str, float]:
        columns = {f"{name}_loss": _loss(said, mask)}
        if halves:
            columns |= {f"{name}_loss_{h}": _loss(said[i::2], mask[i::2]) for i, h in enumerate(("chosen", "reported"))}
        return columns

    return Part(rows, read)


def accuracy(rows: Rows, name: str) -> Part:
    """Share of rows whose every target is the most likely token, whole and in halves."""

    def read(said: np.ndarray, likely: np.ndarray, mask: np.ndarray) -> dict[str, float]:
        right = likely.all(1)
        halves = {f"{name}_accuracy_{h}": float(right[i::2].mean()) for i, h in enumerate(("chosen", "reported"))}
        return {f"{name}_accuracy": float(right.mean())} | halves

    return Part(rows, read)


def _loss(said: np.ndarray, mask: np.ndarray) -> float:
    return float(-said.sum() / mask.sum())
