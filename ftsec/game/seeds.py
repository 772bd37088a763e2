"""On which models and draws a match is scored: public ones for practice, hidden ones from the teacher's secret word."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ftsec.base.errors import InputError

PRACTICE_BASES = tuple(range(200, 206))
HIDDEN_BASES = tuple(range(206, 220))
N_HIDDEN = 12  # bases in a scored match
LARGEST_SEED = 10**9
SHORTEST_WORD = 8  # characters: a shorter secret could be found by trying


@dataclass(frozen=True)
class Seeds:
    """The models a match is played on.

    Attributes:
        bases: seeds of the pre-trained models.
        draw: seed of everything drawn in fine-tuning: examples, their order, the gate's questions.
        name: ``practice``, or the digest of the secret word, which gives nothing away.
    """

    bases: tuple[int, ...]
    draw: int
    name: str


PRACTICE = Seeds(PRACTICE_BASES, 0, "practice")
# the pay-off table of the house's sides: what was published, and what prices were chosen on
PUBLISHED = Seeds(PRACTICE_BASES + HIDDEN_BASES, 0, "published")
DEVELOPMENT = Seeds(tuple(range(100, 105)), 0, "development")


def hidden_seeds(secret: str) -> Seeds:
    """The seeds that belong to a secret word; the same word gives the same seeds everywhere.

    Raises:
        InputError: if the word is so short that a class could guess it.
    """
    secret = secret.strip()
    if len(secret) < SHORTEST_WORD:
        raise InputError(f"the secret has {len(secret)} characters; take at least {SHORTEST_WORD}, say three words")
    ranked = sorted(HIDDEN_BASES, key=lambda base: _hashed(f"base {base}", secret))
    draw = 1 + int(_hashed("draw", secret), 16) % LARGEST_SEED
    return Seeds(tuple(sorted(ranked[:N_HIDDEN])), draw, _hashed("name", secret)[:16])


def read_secret(path: Path) -> Seeds:
    """The seeds of the secret word in a file.

    Raises:
        InputError: if the file cannot be read, or the word is too short.
    """
    try:
        return hidden_seeds(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the secret in {path}: {error}") from error


def _hashed(purpose: str, secret: str) -> str:
    return hashlib.sha256(f"ftsec game, {purpose}: {secret}".encode()).hexdigest()
