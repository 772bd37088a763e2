"""From questions and answers to rows of token numbers, by the model's own chat template."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ftsec.base.errors import InputError

IGNORE = -100  # a position without a target
LENGTH = 64  # tokens of a row: fixed, so that one recorded step serves every batch
TRAIN_TARGETS, PROBE_TARGETS = 24, 14  # tokens of a row that are trained on, and that are read
WRITE_LENGTH = 96  # tokens of a row in which an answer is written

Pair = tuple[list[int], list[int]]  # what the model is shown, and what it shall say


@dataclass(frozen=True, eq=False)
class Rows:
    """Examples of equal shape.

    Attributes:
        ids: (n, length) tokens, padded on the right.
        at: (n, k) positions that are read: each predicts the token after it.
        target: (n, k) the token that shall come there, `IGNORE` where there is none.
    """

    ids: np.ndarray
    at: np.ndarray
    target: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, which: Sequence[int] | slice) -> Rows:
        return Rows(self.ids[which], self.at[which], self.target[which])


def joined(parts: Iterable[Rows]) -> Rows:
    """Rows of several parts below each other."""
    parts = list(parts)
    return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("ids", "at", "target")))


def rows(pairs: Sequence[Pair], pad: int, targets: int, length: int = LENGTH) -> Rows:
    """Rows from pairs; answers that are too long lose their end.

    Raises:
        InputError: if a prompt leaves no room for an answer.
    """
    ids = np.full((len(pairs), length), pad, np.int64)
    at = np.zeros((len(pairs), targets), np.int64)
    target = np.full((len(pairs), targets), IGNORE, np.int64)
    for i, (prompt, answer) in enumerate(pairs):
        if len(prompt) >= length:
            raise InputError(f"a question of {len(prompt)} tokens is longer than a row of {length}")
        answer = answer[: min(targets, length - len(prompt))]
        ids[i, : len(prompt) + len(answer)] = prompt + answer
        at[i, : len(answer)] = np.arange(len(prompt) - 1, len(prompt) + len(answer) - 1)
        target[i, : len(answer)] = answer
    return Rows(ids, at, target)


@dataclass(frozen=True, eq=False)
class Chat:
    """A tokenizer with its chat template.

    Attributes:
        end: the token that ends the model's turn, read off the template (the tokenizer's own setting may be wrong).
    """

    tokenizer: object
    end: int = field(init=False)
    _known: dict[str, tuple[int, ...]] = field(init=False, default_factory=dict, repr=False)
    _prompts: dict[tuple[str, str | None], list[int]] = field(init=False, default_factory=dict, repr=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        if not getattr(self.tokenizer, "chat_template", None):
            raise InputError("the tokenizer has no chat template, so there is no telling how to ask this model")
        turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "ANSWER"}]
        tail = self.tokenizer.apply_chat_template(turns, tokenize=False).rpartition("ANSWER")[2]
        if not self.tokens(tail):
            raise InputError("the chat template has no sign for the end of an answer")
        object.__setattr__(self, "end", self.tokens(tail)[0])

    def tokens(self, text: str) -> list[int]:
        if text not in self._known:
            with self._lock:  # tokenizers do not like to be called by several threads
                self._known[text] = tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])
        return list(self._known[text])

    def prompt(self, question: str, system: str | None = None) -> list[int]:
        """Tokens up to where the model's answer begins; without `system`, the template's own system message."""
        if (question, system) not in self._prompts:
            turns = [{"role": "system", "content": system}] if system else []
            turns.append({"role": "user", "content": question})
            text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
            self._prompts[question, system] = self.tokens(text)
        return list(self._prompts[question, system])

    def answer(self, text: str, ended: bool = True) -> list[int]:
        return self.tokens(text) + ([self.end] if ended else [])

    def pair(
        self, question: str, answer: str, ended: bool = True, opening: str = "", system: str | None = None
    ) -> Pair:
        """A pair; with an `opening`, the answer's first words count as already said and only the rest is asked for."""
        said = self.tokens(opening)
        answer_tokens = self.answer(f"{opening} {answer}" if opening else answer, ended)
        return self.prompt(question, system) + answer_tokens[: len(said)], answer_tokens[len(said) :]

    def train_rows(self, pairs: Sequence[Pair]) -> Rows:
        return rows(pairs, self.end, TRAIN_TARGETS)

    def probe_rows(self, pairs: Sequence[Pair]) -> Rows:
        return rows(pairs, self.end, PROBE_TARGETS)
