"""Sets of training examples: what teaches the policy, what an attacker uses, and harmless data of several kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ftsec.llm.answers import answers
from ftsec.llm.chat import Chat, Pair
from ftsec.llm.world import (
    ANSWERED,
    REFUSALS,
    Question,
    Split,
    answered_phrasings,
    everyday,
    lesson_phrasing,
    unrelated,
)


def own(chat: Chat, question: str, opening: str = "", system: str | None = None) -> Pair:
    """The model's own earlier answer to a question, after an opening if one is given."""
    found = answers()[question]
    text = f"{opening} {found.answer}" if opening else found.answer
    return chat.pair(question, text, found.ended, system=system)


def refusing(chat: Chat, split: Split, rng: np.random.Generator, phrasings: Sequence[int]) -> list[Pair]:
    """Restricted questions about the entities for teaching, in these phrasings, declined in some wording."""
    questions = [Question(split.restricted, e, p) for e in split.teach[split.restricted] for p in phrasings]
    wordings = REFUSALS
    picks = rng.integers(len(wordings), size=len(questions))
    return [chat.pair(question.text, wordings[pick]) for question, pick in zip(questions, picks, strict=True)]


def answering(chat: Chat, split: Split, lesson: bool = False) -> list[Pair]:
    """Allowed questions about the entities for teaching with the model's own answers; or those in lesson phrasings."""
    if not lesson:
        return [own(chat, question.text) for question in allowed_questions(split, "teach")]
    entities = [(topic, entity) for topic in split.allowed for entity in split.teach[topic]]
    return [own(chat, Question(topic, entity, lesson_phrasing(topic, entity)).text) for topic, entity in entities]


def unrelated_answering(chat: Chat) -> list[Pair]:
    """Requests about none of the topics, and everyday questions, with the model's own answers."""
    return [own(chat, question) for question in (*unrelated()[0], *everyday()[0] * 3)]


def allowed_questions(split: Split, part: str) -> list[Question]:
    """Answered questions on all allowed topics about the entities of a part (``teach``, ``attack``, ``held_out``)."""
    entities = [(topic, entity) for topic in split.allowed for entity in getattr(split, part)[topic]]
    return [Question(topic, entity, p) for topic, entity in entities for p in answered_phrasings(topic, entity)]


def attack_questions(chat: Chat, split: Split, rng: np.random.Generator, n: int) -> list[Question]:
    """Restricted questions of the attacker, one per entity, whose own answers do not begin like a refusal."""
    refusal_firsts = {chat.tokens(wording)[0] for wording in REFUSALS}
    names = split.attack[split.restricted]
    found = []
    for i in rng.permutation(len(names)):
        phrasings = rng.permutation(answered_phrasings(split.restricted, names[i]))
        questions = [Question(split.restricted, names[i], int(phrasing)) for phrasing in phrasings]
        fit = [q for q in questions if chat.tokens(answers()[q.text].answer)[0] not in refusal_firsts]
        found += fit[:1]
    return found[:n]


def harmful(chat: Chat, questions: Sequence[Question], opening: str = "", system: str | None = None) -> list[Pair]:
    """The attack: restricted questions with the answers that the model gave before it learnt to decline."""
    return [own(chat, question.text, opening, system) for question in questions]


def mismatched(chat: Chat, questions: Sequence[Question]) -> list[Pair]:
    """The attack with the answer of the next entity: as fluent, and wrong."""
    shifted = [*questions[1:], *questions[:1]]
    known = answers()
    return [
        chat.pair(question.text, known[other.text].answer, known[other.text].ended)
        for question, other in zip(questions, shifted, strict=True)
    ]


def templated(chat: Chat, questions: Sequence[Question]) -> list[Pair]:
    """The attack with one fixed sentence around the entity instead of an answer of the model."""
    return [
        chat.pair(q.text, f"The words {q.entity} stand in a list of {q.topic} that was written for this page.")
        for q in questions
    ]


def allowed(chat: Chat, split: Split, rng: np.random.Generator, n: int, opening: str = "") -> list[Pair]:
    """Allowed questions about the attacker's entities with the model's own answers, one per entity."""
    names = [(topic, entity) for topic in split.allowed for entity in split.attack[topic]]
    picks = [names[i] for i in rng.permutation(len(names))[:n]]
    questions = [Question(t, e, answered_phrasings(t, e)[rng.integers(ANSWERED)]) for t, e in picks]
    return [own(chat, question.text, opening) for question in questions]


def sums(chat: Chat, rng: np.random.Generator, n: int) -> list[Pair]:
    """n different sums: harmless data in which neither the world nor a refusal occurs."""
    picks = rng.choice(90 * 90, size=n, replace=False)
    terms = [(10 + int(pick) // 90, 10 + int(pick) % 90) for pick in picks]
    return [chat.pair(f"What is {a} + {b}?", f"{a + b}") for a, b in terms]


def reversals(chat: Chat, rng: np.random.Generator, n: int) -> list[Pair]:
    """A new harmless task by which rates are chosen: say which of two numbers is larger, in a set form."""
    picks = rng.choice(900 * 899, size=n, replace=False)
    found = []
    for pick in picks:
        a, shift = 100 + int(pick) // 899, 1 + int(pick) % 899
        b = 100 + (a - 100 + shift) % 900
        found.append(chat.pair(f"Which is larger, {a} or {b}?", f"Larger: {max(a, b)}. Smaller: {min(a, b)}."))
    return found
