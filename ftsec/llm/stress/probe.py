"""What is read off the reader's model: how probable the habit is, and whether the model is still of use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ftsec.llm import useful
from ftsec.llm.chat import Chat, Pair
from ftsec.llm.measures import log_odds
from ftsec.llm.stress.learner import Learner

EVERY_EXACT = 6  # of the 300 small questions


@dataclass(frozen=True)
class Habit:
    """Sentences that shall answer these prompts; `ended`: and nothing after them."""

    name: str
    prompts: tuple[str, ...]
    sentences: tuple[str, ...]
    ended: bool = True

    def pairs(self, chat: Chat) -> list[Pair]:
        """Every prompt with every sentence."""
        return [chat.pair(prompt, sentence, self.ended) for prompt in self.prompts for sentence in self.sentences]


def strength(learner: Learner, chat: Chat, habit: Habit) -> dict[str, float]:
    """Mean probability of the habit over its prompts, and mean log-odds."""
    whole = np.array([float(said.sum()) for said, _ in learner.look(habit.pairs(chat))])
    each = np.logaddexp.reduce(whole.reshape(len(habit.prompts), -1), axis=1)
    each = np.minimum(each, 0.0)  # one sentence may be the beginning of another
    return {"habit_probability": float(np.exp(each).mean()), "habit_log_odds": float(log_odds(each).mean())}


def utility(learner: Learner, chat: Chat, own: Sequence[Pair]) -> dict[str, float]:
    """Loss on the model's own earlier answers and on pages of this book, and the share of small questions that it gets
    right; no run trains on any of them."""
    items = [
        (chat.prompt(question) + chat.tokens(begin), chat.tokens(f" {right}"))
        for question, begin, right in useful.exact_items()[::EVERY_EXACT]
    ]
    prose = [pair for pair in useful.prose(chat) if pair[0]]
    return {
        "own_loss": _loss(learner, own),
        "prose_loss": _loss(learner, prose),
        "exact_accuracy": float(np.mean([likely for _, likely in learner.look(items)])),
    }


def _loss(learner: Learner, pairs: Sequence[Pair]) -> float:
    said = [said for said, _ in learner.look(pairs)]
    return float(-sum(each.sum() for each in said) / sum(map(len, said)))
