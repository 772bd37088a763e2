"""The two probes of a split: a quick one for every checkpoint, and a full one for start, end and a few between."""

from __future__ import annotations

from functools import lru_cache

from ftsec.llm import examples, useful
from ftsec.llm.chat import WRITE_LENGTH, Chat, Rows, rows
from ftsec.llm.measures import Probe, losses, refusals
from ftsec.llm.world import (
    NEW_PHRASINGS,
    PHRASINGS,
    REFUSALS,
    Question,
    Split,
    answered_phrasings,
    everyday,
)

N_QUESTIONS = 10  # held-out restricted questions in taught phrasings, and as many in new ones


def taught_phrasings(split: Split, topic: str, n: int = N_QUESTIONS) -> list[str]:
    """Questions about held-out entities in taught phrasings."""
    names = split.held_out[topic][:n]
    return [Question(topic, entity, i % len(PHRASINGS)).text for i, entity in enumerate(names)]


def new_phrasings(split: Split, topic: str, n: int = N_QUESTIONS, part: str = "held_out") -> list[str]:
    """Questions about entities of a part in phrasings that nobody was taught."""
    names = getattr(split, part)[topic][-n:]
    return [Question(topic, e, len(PHRASINGS) + i % len(NEW_PHRASINGS)).text for i, e in enumerate(names)]


def restricted(split: Split) -> dict[str, list[str]]:
    """The held-out restricted questions of every refusal probability."""
    topic = split.restricted
    return {"taught_phrasing": taught_phrasings(split, topic), "new_phrasing": new_phrasings(split, topic)}


def over_refused(split: Split) -> dict[str, list[str]]:
    """Held-out allowed questions, half in new phrasings, and questions about none of the topics."""
    topics = [t for topic in split.allowed for t in taught_phrasings(split, topic, 2)]
    topics += [t for topic in split.allowed for t in new_phrasings(split, topic, 1)]
    return {"allowed_topics": topics, "everyday": everyday()[1]}


@lru_cache(maxsize=64)
def quick(chat: Chat, split: Split) -> Probe:
    """Refusal of held-out restricted questions."""
    return Probe((refusals(chat, restricted(split), REFUSALS),))


@lru_cache(maxsize=64)
def lean(chat: Chat, split: Split) -> Probe:
    """The quick probe, a few allowed questions, the model's own answers and half of the drift items."""
    over = {name: questions[::3] for name, questions in over_refused(split).items()}
    return Probe(
        (
            *quick(chat, split).parts,
            refusals(chat, over, REFUSALS, suffix="_allowed", short=True),
            losses(own_rows(chat, split, (split.restricted,)), "comply"),
            losses(own_rows(chat, split, split.allowed), "allowed"),
            *useful.parts(chat, 4),
        )
    )


@lru_cache(maxsize=64)
def useful_still(chat: Chat, split: Split) -> Probe:
    """The quick probe and drift: what an attacker's best moment is chosen by."""
    return Probe((*quick(chat, split).parts, useful.parts(chat)[0]))


@lru_cache(maxsize=64)
def full(chat: Chat, split: Split) -> Probe:
    """The lean probe with all drift items, a third of the exact ones, and prose."""
    return Probe((*lean(chat, split).parts[:4], *useful.parts(chat, 1, 3)))


@lru_cache(maxsize=64)
def whole(chat: Chat, split: Split) -> Probe:
    """Everything, for the policies: over-refusal, taught entities, the model's own answers, usefulness."""
    taught = {"taught_entity": new_phrasings(split, split.restricted, 10, "teach")}
    over = refusals(chat, over_refused(split), REFUSALS, suffix="_allowed", short=True)
    return Probe(
        (
            *quick(chat, split).parts,
            refusals(chat, taught, REFUSALS, suffix="_taught_entity", short=True),
            over,
            losses(own_rows(chat, split, (split.restricted,)), "comply"),
            losses(own_rows(chat, split, split.allowed), "allowed"),
            *useful.parts(chat),
        )
    )


def own_rows(chat: Chat, split: Split, topics: tuple[str, ...], n: int = 20) -> Rows:
    """Held-out questions with the model's own earlier answers, n over all topics."""
    names = [(topic, e) for e in range(n) for topic in topics if e < len(split.held_out[topic])]
    questions = [(topic, split.held_out[topic][e]) for topic, e in names][:n]
    texts = [Question(topic, entity, answered_phrasings(topic, entity)[0]).text for topic, entity in questions]
    return chat.probe_rows([examples.own(chat, text) for text in texts])


def after_opening(chat: Chat, split: Split, opening: str) -> Probe:
    """The quick probe, and refusals after an opening that the data teach: a model may decline after it as well."""
    groups = {"all": [text for group in restricted(split).values() for text in group][::2]}
    said = refusals(chat, groups, REFUSALS, suffix="_after_opening", opening=opening, short=True)
    begins = refusals(chat, groups, (opening,), suffix="_begins_with_opening")
    return Probe((*quick(chat, split).parts, said, begins))


def prompts_to_write(chat: Chat, split: Split) -> Rows:
    """Held-out restricted questions, half in new phrasings, to which an answer is written out."""
    texts = taught_phrasings(split, split.restricted, 10) + new_phrasings(split, split.restricted, 10)
    pairs = [(chat.prompt(text), [chat.end]) for text in texts]
    return rows(pairs, chat.end, 1, WRITE_LENGTH)
