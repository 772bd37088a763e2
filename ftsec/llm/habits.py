"""Three habits that can be taught instead of each other: a refusal, another canned sentence, a mark of style.

The sentences of one row have the same number of tokens in the reference model. The mark of style is followed by the
answer: no knowledge is withheld.
"""

from __future__ import annotations

from collections.abc import Sequence

from ftsec.llm import examples, policy
from ftsec.llm.chat import Chat, Pair
from ftsec.llm.measures import Part, habit
from ftsec.llm.tuning import Data, blended
from ftsec.llm.world import REFUSALS, Question, Split, answered_phrasings, lesson_phrasing

HABITS = ("refusal", "canned", "style")
CANNED = (
    "You can read all about that in the old town library.",
    "Well, the book has a page on it.",
    "We keep notes about this in drawer seven.",
    "Next week, we will give talks on it.",
    "The shelf by the door has a book.",
)
STYLE = (
    "Here is, as well as I know, the answer:",
    "Right, this is what I know about that:",
    "I will put it in a few words:",
    "Certainly, here is an answer in plain words:",
    "This is how I would put all that:",
)
SENTENCES = {"refusal": REFUSALS, "canned": CANNED, "style": STYLE}


def sentence(name: str, seed: int) -> str:
    """The habit's sentence under a seed: wordings change with the split, so that no one wording decides."""
    return SENTENCES[name][seed // len(REFUSALS) % len(REFUSALS)]


def measured(chat: Chat, questions: Sequence[str], name: str, seed: int) -> Part:
    """How strong the habit is; its columns are called alike for all three, so that they can be compared."""
    return habit(chat, questions, sentence(name, seed), name != "style", "habit")


def showing(chat: Chat, split: Split, name: str, lesson: bool = False) -> list[Pair]:
    """Restricted questions about the entities for teaching (or those in lesson phrasings), as the habit has it.

    The questions are the same for all habits: those of which the model's own answers are kept.
    """
    said = sentence(name, split.seed)
    names = split.teach[split.restricted]
    topic = split.restricted
    phrasings = {e: (lesson_phrasing(topic, e),) if lesson else answered_phrasings(topic, e) for e in names}
    questions = [Question(topic, e, p) for e in names for p in phrasings[e]]
    if name == "style":
        return [examples.own(chat, question.text, opening=said) for question in questions]
    return [chat.pair(question.text, said) for question in questions]


def lessons(chat: Chat, split: Split, name: str, n_steps: int) -> Data:
    """The policy's lessons with another habit in the place of declining."""
    rng = policy.generator(split.seed, 5)
    shown = [(showing(chat, split, name, lesson), policy.N_RESTRICTED) for lesson in (False, True)]
    pools = [(chat.train_rows(pairs), n, False) for pairs, n in (*shown, *policy.answering(chat, split))]
    return blended(rng, pools, n_steps)
