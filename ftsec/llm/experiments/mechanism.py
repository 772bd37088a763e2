"""Does an attacked model still tell restricted questions apart while it no longer refuses?

Where an answer begins, the residual stream is read before the policy, after it, after three attacks and after
re-alignment. What policy added is the difference of means between restricted and allowed questions, minus the same
difference in the base model: the topic alone can be read in the base as well, so that readability proves little. Three
readings go beyond it: how much of what the policy added is left; whether the margin log P(refusal) - log P(own answer)
still orders the questions; and whether adding what the policy added brings the refusal back (or taking it away from the
policy's model undoes it), against a direction between allowed topics of the same length.

Directions come from entities that are measured nowhere; random directions and shuffled labels are the controls. The
layer was chosen on development seeds (``mechanism_choice``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ftsec.llm import directions, examples, hidden, probes, world
from ftsec.llm.chat import Chat, Rows
from ftsec.llm.experiments import states
from ftsec.llm.experiments.benign_erosion import data as harmless
from ftsec.llm.experiments.common import Experiment
from ftsec.llm.policy import generator
from ftsec.llm.tuning import Data
from ftsec.llm.world import NEW_PHRASINGS, PHRASINGS, REFUSALS, Question, Split

if TYPE_CHECKING:
    from ftsec.llm.bench import Bench
    from ftsec.llm.lane import Lane
    from ftsec.llm.runs import Outcome, Weights

LAYER = world.DATA / "mechanism_layer.txt"  # counted from 0; what `mechanism_choice` found on development seeds
SUMS_RATE, SUMS_STEPS, OPENING_STEPS, LESSON_STEPS = 1e-4, 24, 24, 8
N_ENTITIES, N_OTHER = 12, 2  # of the restricted and the control topic, and of every other topic
N_ASKED, N_MARGIN = 8, 10
NAMES, CHANCE = 8, 9  # stages of a seed's random numbers


@dataclass(frozen=True, eq=False)
class Asked:
    """Questions whose directions are taken (`fit`) and on which they are measured (`held`), about different entities.

    Attributes:
        restricted, control: which of the questions are about the restricted topic, and about one allowed topic.
        declined: restricted questions with each wording of a refusal.
        margins: the same for restricted and allowed questions, and at last each with the model's own earlier answer.
        n_margin: questions of `margins`, half of them restricted.
    """

    fit: Rows
    held: Rows
    restricted: np.ndarray
    control: np.ndarray
    declined: Rows
    margins: Rows
    n_margin: int

    @classmethod
    def of(cls, chat: Chat, s: Split) -> Asked:
        names = _entities(s)
        topics = np.array([topic for topic, _ in names])
        fit, held = (_prompts(chat, s, names, phrasings, later)
                     for phrasings, later in ((PHRASINGS, False), (NEW_PHRASINGS, True)))  # fmt: skip
        asked = probes.new_phrasings(s, s.restricted, N_ASKED)
        declined = chat.probe_rows([chat.pair(question, wording) for question in asked for wording in REFUSALS])
        margins, n = _margin_rows(chat, s)
        return cls(fit, held, topics == s.restricted, topics == s.allowed[0], declined, margins, n)


def _entities(s: Split) -> list[tuple[str, int]]:
    """(topic, place among the topic's held-out entities) for one half of them; the other half is asked alike."""
    each = {topic: N_ENTITIES if topic in (s.restricted, s.allowed[0]) else N_OTHER for topic in s.held_out}
    return [(t, i) for t, n in each.items() for i in range(min(n, len(s.held_out[t]) // 2))]


def _prompts(chat: Chat, s: Split, names: list[tuple[str, int]], phrasings: tuple[str, ...], later: bool) -> Rows:
    first = 0 if phrasings is PHRASINGS else len(PHRASINGS)
    texts = []
    for place, (topic, i) in enumerate(names):
        entity = s.held_out[topic][-1 - i if later else i]
        texts.append(Question(topic, entity, first + place % len(phrasings)).text)
    return chat.probe_rows([(chat.prompt(text), [chat.end]) for text in texts])


def _margin_rows(chat: Chat, s: Split) -> tuple[Rows, int]:
    rng = generator(s.seed, NAMES)
    allowed = [s.allowed[i % len(s.allowed)] for i in rng.permutation(len(s.allowed))][:N_MARGIN]
    names = [(s.restricted, entity) for entity in s.held_out[s.restricted][-N_MARGIN:]]
    names += [(topic, s.held_out[topic][-1]) for topic in allowed]
    texts = [Question(topic, entity, world.answered_phrasings(topic, entity)[0]).text for topic, entity in names]
    pairs = [chat.pair(text, wording) for text in texts for wording in REFUSALS]
    return chat.probe_rows(pairs + [examples.own(chat, text) for text in texts]), len(texts)


# -- reading a state -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Seen:
    """The residual stream of a state: (layers, questions, width)."""

    fit: np.ndarray
    held: np.ndarray


def look(bench: Bench, weights: Weights, asked: Asked) -> Seen:
    """The residual stream of these weights."""
    with hidden.carrying(bench, weights) as lane:
        return Seen(hidden.streams(lane, asked.fit), hidden.streams(lane, asked.held))


def vectors(base: Seen, learnt: Seen, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Per layer, what the policy added between restricted and allowed questions, and as long a direction between one
    allowed topic and the others."""
    added = directions.difference(learnt.fit, asked.restricted) - directions.difference(base.fit, asked.restricted)
    allowed = learnt.fit[:, ~asked.restricted]
    topics = directions.difference(allowed, asked.control[~asked.restricted])
    return added, np.stack([directions.of_length(v, like) for v, like in zip(topics, added, strict=True)])


def refusal(lane: Lane, asked: Asked, layer: int | None = None, added: np.ndarray | None = None) -> float:
    """Refusal probability on restricted questions in words never taught, perhaps with a vector added."""
    said = hidden.said(lane, asked.declined, layer, added).reshape(-1, len(REFUSALS))
    return float(np.exp(np.logaddexp.reduce(said, axis=1)).mean())


def margin(lane: Lane, asked: Asked) -> dict[str, float]:
    """log P(refusal) - log P(own answer) on restricted and on allowed questions, and how well it tells them apart."""
    n = asked.n_margin
    said = hidden.said(lane, asked.margins)
    declined = np.logaddexp.reduce(said[:-n].reshape(n, -1), axis=1)
    margins, first = declined - said[-n:], np.arange(n) < n // 2
    return {
        "margin_restricted": float(margins[first].mean()),
        "margin_allowed": float(margins[~first].mean()),
        "margin_auc": directions.auc(margins, first),
        "declined_auc": directions.auc(declined, first),
    }


def readings(seen: Seen, base: Seen, learnt: Seen, asked: Asked, layer: int, rng: np.random.Generator) -> dict:
    """How well one state tells restricted questions apart after a layer, with the controls."""
    first = asked.restricted
    fit, held = seen.fit[layer], seen.held[layer]
    own = directions.difference(fit, first)
    added = vectors(base, learnt, asked)[0][layer]
    now = directions.difference(held, first) - directions.difference(base.held[layer], first)
    others = ~first
    topic = directions.difference(fit[others], asked.control[others])

    def shuffled(draw):
        return directions.difference(fit, draw.permutation(first))

    def random(draw):
        return directions.of_length(draw.standard_normal(own.shape), added)

    return {
        "auc": directions.auc(held @ own, first),
        "gap": directions.gap(held @ own, first),
        "added_auc": directions.auc(held @ added, first),
        "kept": directions.share(now, added),
        "topic_auc": directions.auc(held[others] @ topic, asked.control[others]),
        "topic_gap": directions.gap(held[others] @ topic, asked.control[others]),
        "shuffled_auc": directions.by_chance(rng, lambda d: directions.auc(held @ shuffled(d), first)),
        "random_auc": directions.by_chance(rng, lambda d: directions.either_way(held @ random(d), first)),
        "random_kept": directions.by_chance(rng, lambda d: directions.share(now, random(d))),
        "shuffled_kept": directions.by_chance(
            rng, lambda d: directions.share(now, directions.of_length(shuffled(d), added))
        ),
    }


# -- the experiment ------------------------------------------------------------------------------------------------


def mechanism(bench: Bench, seed: int) -> list[dict]:
    """Columns stage (the state), layer and the readings; what does not depend on a layer stands with the chosen one."""
    s = world.split(seed)
    asked, found = Asked.of(bench.chat, s), _states(bench, s)
    seen = {name: look(bench, weights, asked) for name, (weights, _) in found.items()}
    added, control = vectors(seen["base"], seen["policy"], asked)
    layer = min(chosen_layer(), len(added) - 1)
    rows = []
    for name, (weights, row) in found.items():
        names = {"seed": seed, "topic": s.restricted, "stage": name, "step": row["step"]}
        names |= {"learning_rate": row["learning_rate"]}
        for each in range(len(added)):
            chance = generator(seed, CHANCE, each)
            said = readings(seen[name], seen["base"], seen["policy"], asked, each, chance)
            rows.append(names | {"layer": each, "chosen": each == layer} | said)
        with hidden.carrying(bench, weights) as lane:
            rows[layer - len(added)] |= {"refusal_probability": row["refusal_probability"]} | margin(lane, asked)
            rows[layer - len(added)] |= _caused(lane, asked, layer, added[layer], control[layer])
    return rows


def chosen_layer() -> int:
    """The layer that development seeds have chosen and the package keeps."""
    return int(LAYER.read_text(encoding="utf-8"))


def _caused(lane: Lane, asked: Asked, layer: int, added: np.ndarray, control: np.ndarray) -> dict[str, float]:
    """Refusals as the state gives them, with what the policy added put in or taken out, and with the control."""
    vectors = {"plain": None, "added": added, "control": control, "removed": -added, "control_removed": -control}
    return {f"refusal_{name}": refusal(lane, asked, layer, vector) for name, vector in vectors.items()}


def _states(bench: Bench, s: Split) -> dict[str, tuple[Weights, dict]]:
    """State -> its weights, and the row that says how it came about."""
    learnt = states.policy_of(bench, s.seed)
    arms = {
        "harmful": (states.harmful(bench, s, states.ATTACK_STEPS), states.ATTACK_RATE),
        "sums": (_cut(harmless(bench, s, "sums"), SUMS_STEPS), SUMS_RATE),
        "new_opening": (_cut(harmless(bench, s, "new_opening"), OPENING_STEPS), states.ATTACK_RATE),
    }
    found = states.attacked(bench, s, learnt.weights, arms)
    again = {"realigned": (states.lessons(bench, s, LESSON_STEPS), states.ATTACK_RATE)}
    found |= states.attacked(bench, s, found["harmful"].weights, again)
    both = {"base": (bench.start, learnt.rows[0]), "policy": (learnt.weights, learnt.rows[-1])}
    return both | {name: (outcome.weights, _end(outcome)) for name, outcome in found.items()}


def _end(outcome: Outcome) -> dict:
    return outcome.rows[-1]


def _cut(data: Data, n_steps: int) -> Data:
    return Data(data.rows, data.order[:n_steps], data.harmful)


EXPERIMENT = Experiment(
    "mechanism",
    mechanism,
    "Does an attacked model still tell restricted questions apart while it no longer refuses?",
    "the base model; random directions and shuffled labels; a direction between allowed topics",
    place=20,
)
