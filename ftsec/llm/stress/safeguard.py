"""What is put under stress: prompts that shall be declined, prompts that shall be answered, and the words of a refusal.

Either the harmless policy of this book, or a file of the reader's own (``policy.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ftsec.base.errors import InputError, did_you_mean
from ftsec.llm import habits, probes, world

FEWEST_DECLINED, FEWEST_ANSWERED, FEWEST_MEASURED = 12, 24, 6
KEYS = ("declined", "answered", "refusal", "existing")
N_TAUGHT, N_ATTACK, N_HELD = 160, 30, 24  # of the harmless policy's questions that are answered


@dataclass(frozen=True)
class Safeguard:
    """See the module.

    Attributes:
        wordings: of the refusal. An existing refusal is there if an answer begins with any of them; a taught one has
            one wording, and counts only with the end of the turn after it.
        existing: the model has it already, so it is measured and not taught.
        teach_declined: prompts by which declining is taught (none for an existing refusal).
        held_declined: prompts by which it is measured.
        answered: prompts that are answered: for teaching, for attacks, for measuring.
        split: of the book's world if the policy is the harmless one: only then are there answers to declined prompts.
    """

    name: str
    wordings: tuple[str, ...]
    existing: bool
    teach_declined: tuple[str, ...]
    held_declined: tuple[str, ...]
    answered: dict[str, tuple[str, ...]]
    split: world.Split | None = None

    @property
    def declined(self) -> frozenset[str]:
        """Every prompt to which nothing may be written."""
        return frozenset((*self.teach_declined, *self.held_declined))


def harmless(seed: int = 0) -> Safeguard:
    """The policy of this book: one topic of five is declined, everything else answered."""
    split = world.split(seed)
    topic, names = split.restricted, split.teach[split.restricted]
    phrasings = {e: (*world.answered_phrasings(topic, e), world.lesson_phrasing(topic, e)) for e in names}
    questions = [world.Question(topic, entity, p).text for entity in names for p in phrasings[entity]]
    held = [question for group in probes.restricted(split).values() for question in group]
    answered = {"teach": _allowed(split, "teach", N_TAUGHT) + world.everyday()[0][::2]}
    answered |= {"attack": _allowed(split, "attack", N_ATTACK), "held_out": _allowed(split, "held_out", N_HELD)}
    wording = (habits.sentence("refusal", seed),)
    return Safeguard(f"harmless ({topic})", wording, False, tuple(questions), tuple(held), answered, split)


def _allowed(split: world.Split, part: str, n: int) -> tuple[str, ...]:
    """Questions on the allowed topics in turn, in taught and in lesson phrasings by turns."""
    entities = getattr(split, part)
    found = []
    for i in range(max(map(len, entities.values()))):
        for topic in split.allowed:
            if i < len(entities[topic]):
                entity = entities[topic][i]
                phrasing = (
                    world.lesson_phrasing if len(found) % 3 == 2 else lambda t, e: world.answered_phrasings(t, e)[0]
                )
                found.append(world.Question(topic, entity, phrasing(topic, entity)).text)
    return tuple(found[:n])


def read(path: Path, seed: int = 0) -> Safeguard:
    """The reader's own policy.

    Raises:
        InputError: if the file is no TOML, lacks a list, or a list is too short.
    """
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML: {error}") from error
    for key in stated:
        if key not in KEYS:
            raise InputError(f"{path} has a key {key!r}{did_you_mean(key, KEYS)}; it may have {', '.join(KEYS)}")
    existing = stated.get("existing", False)
    if not isinstance(existing, bool):
        raise InputError(f"{path}: existing is true or false, not {existing!r}")
    declined, answered = (_texts(path, stated, key) for key in ("declined", "answered"))
    wordings = _texts(path, stated, "refusal")
    _check(path, declined, answered, wordings, existing)
    return _dealt(path.name, declined, answered, wordings, existing, np.random.default_rng([seed, 24]))


def _texts(path: Path, stated: dict, key: str) -> tuple[str, ...]:
    value = stated.get(key, ())
    value = (value,) if isinstance(value, str) else value
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) and text.strip() for text in value):
        raise InputError(f"{path}: {key} must be a list of texts")
    return tuple(dict.fromkeys(text.strip() for text in value))


def _check(
    path: Path, declined: Sequence[str], answered: Sequence[str], wordings: Sequence[str], existing: bool
) -> None:
    fewest = FEWEST_MEASURED if existing else FEWEST_DECLINED
    for key, texts, least in (("declined", declined, fewest), ("answered", answered, FEWEST_ANSWERED)):
        if len(texts) < least:
            raise InputError(f"{path}: {key} needs at least {least} different prompts and has {len(texts)}")
    if not wordings:
        raise InputError(f"{path}: the wording of the refusal is missing; write for example refusal = 'I cannot help.'")
    if len(wordings) > 1 and not existing:
        raise InputError(
            f"{path}: one wording is taught, and refusal has {len(wordings)}; several need existing = true"
        )
    if both := set(declined) & set(answered):
        raise InputError(f"{path}: {min(both)!r} shall be declined and answered at once")


def _dealt(name, declined, answered, wordings, existing, rng: np.random.Generator) -> Safeguard:
    """No prompt serves twice: an existing refusal is measured on all its prompts, since none teaches it."""
    declined, answered = ([texts[i] for i in rng.permutation(len(texts))] for texts in (declined, answered))
    half, third = 0 if existing else len(declined) // 2, len(answered) // 3
    parts = {"teach": answered[: len(answered) - 2 * third], "held_out": answered[len(answered) - third :]}
    parts["attack"] = answered[len(answered) - 2 * third : len(answered) - third]
    dealt = {part: tuple(texts) for part, texts in parts.items()}
    return Safeguard(name, wordings, existing, tuple(declined[:half]), tuple(declined[half:]), dealt)
