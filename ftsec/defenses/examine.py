"""What can be said about a file of training data in one pass, as findings: nothing is printed and nothing written.

Bad rows, exact and near-duplicates, rows that teach no answer, the user's own terms, and overlap with a set of prompts
that a model is to be evaluated with: a turn that *is* such a prompt, or that holds most of a longer one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ftsec.defenses.deduplicate import Duplicate, Settings, mark_duplicates, row_line, row_parts
from ftsec.defenses.quality_rules import Terms
from ftsec.defenses.sketches import pieces
from ftsec.defenses.tokens import exact_number, ngrams, tokenise
from ftsec.defenses.training_data.conversations import ASSISTANT, DOCUMENT, SYSTEM, Conversation
from ftsec.defenses.training_data.reader import Row, open_data

OVERLAP_NGRAM = 8  # tokens; a shorter prompt must be a whole turn
OVERLAP_SHARE = 0.7  # of a prompt's n-grams that one row holds; both numbers are our choice


@dataclass(frozen=True)
class Overlap:
    """A row that holds an evaluation prompt: its line, the prompt's index, and the share of the prompt found in it."""

    line: int
    prompt: int
    share: float


@dataclass
class Examination:
    """What was found in a file.

    Attributes:
        read_as: format, container and packing in one line.
        n_rows: all rows, bad ones included.
        n_turns: turns of the readable rows, by role.
        bad: line and problem of every row that cannot be read.
        unanswered: lines of conversations in which no assistant says anything after the last question.
        duplicates: rows that repeat an earlier one.
        overlaps: rows that hold an evaluation prompt.
        terms: line and term, for every row that holds one of the user's terms.
    """

    path: Path
    read_as: str
    n_rows: int = 0
    n_turns: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[int, str]] = field(default_factory=list)
    unanswered: list[int] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    terms: list[tuple[int, str]] = field(default_factory=list)


def examine(
    path: Path, *, prompts: Sequence[str] = (), terms: Iterable[str] = (), settings: Settings | None = None,
    data_field: str = "",
) -> Examination:  # fmt: skip
    """Go through a file of training data once.

    Args:
        prompts: what the model is evaluated with.
        terms: the user's own; found as whole words in any case.
        settings: what counts as a near-duplicate.
        data_field: the key of a text, to be taken instead of what the rows are recognised as.

    Raises:
        InputError: if it is no training data, or where the file cannot be read on (a damaged archive, broken JSON).
    """
    sought, known = Terms(terms), PromptSet(prompts)
    with open_data(path, data_field) as data:
        found = Examination(path, data.read_as)
        for row, duplicate in mark_duplicates(data, row_parts, row_line, settings or Settings()):
            found.n_rows += 1
            found.duplicates += [duplicate] if duplicate else []
            if row.conversation is None:
                found.bad.append((row.line, row.problem))
            else:
                _look_into(row, row.conversation, found)
                found.terms += [(row.line, hit) for hit in [sought.found_in(row.conversation.text)] if hit]
                found.overlaps += [Overlap(row.line, *hit) for hit in known.found_in(row.conversation)]
    return found


class PromptSet:
    """Evaluation prompts, to be found in conversations."""

    def __init__(self, prompts: Sequence[str]) -> None:
        self._wholes: dict[int, list[int]] = {}
        grams, owners = [], []
        for index, prompt in enumerate(prompts):
            found = np.unique(_grams(prompt))
            grams.append(found)
            owners.append(np.full(len(found), index))
            self._wholes.setdefault(_whole(prompt), []).append(index)
        self._sizes = np.array([len(found) for found in grams], int)
        joined = np.concatenate([np.empty(0, np.uint64), *grams])
        order = np.argsort(joined, kind="stable")
        self._grams, self._owners = joined[order], np.concatenate([np.empty(0, int), *owners])[order]

    def found_in(self, conversation: Conversation) -> list[tuple[int, float]]:
        """The index of every prompt that a turn holds, with the share of it that was found; system texts apart."""
        shares: dict[int, float] = {}
        for turn in (*conversation.turns, *conversation.rejected):
            if turn.role != SYSTEM and len(self._sizes):
                for index, share in self._in_text(turn.text):
                    shares[index] = max(share, shares.get(index, 0.0))
        return sorted(shares.items())

    def _in_text(self, text: str) -> Iterator[tuple[int, float]]:
        yield from ((index, 1.0) for index in self._wholes.get(_whole(text), ()))
        numbers = np.unique(np.concatenate([np.unique(_grams(piece)) for piece in pieces(text)]))
        starts, ends = (np.searchsorted(self._grams, numbers, side=side) for side in ("left", "right"))
        hit = [self._owners[start:end] for start, end in zip(starts, ends, strict=True) if end > start]
        if hit:
            counts = np.bincount(np.concatenate(hit), minlength=len(self._sizes))
            for index in np.flatnonzero(counts >= OVERLAP_SHARE * np.maximum(self._sizes, 1)):
                yield int(index), float(counts[index] / self._sizes[index])


def _look_into(row: Row, conversation: Conversation, found: Examination) -> None:
    found.n_turns.update(turn.role for turn in conversation.turns)
    answering = [turn for turn in conversation.turns if turn.role in (ASSISTANT, DOCUMENT)]
    if not conversation.answer.strip() or not any(turn.whole.strip() for turn in answering):
        found.unanswered.append(row.line)


def _grams(text: str) -> np.ndarray:
    return ngrams(tokenise([text]), OVERLAP_NGRAM)[0]


def _whole(text: str) -> int:
    """A number of all tokens of a text in their order, so that layout and capitals do not count."""
    found = [tokenise([piece]).hashes for piece in pieces(text)]
    return exact_number(np.concatenate(found).tobytes().hex()) if any(map(len, found)) else exact_number(text)
