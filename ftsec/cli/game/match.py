"""The bridge of the game: its rules on one side, the testbed that plays a match on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import numpy as np

from ftsec import __version__
from ftsec.game import board, moves
from ftsec.game.moves import Blue, Red
from ftsec.game.results import Row
from ftsec.game.seeds import Seeds
from ftsec.game.service import Job, Service, serve
from ftsec.testbed.experiments.common import Base, Setting, load

VERSIONS = f"ftsec {__version__}, numpy {np.__version__}"
TURNS = 3  # what a match tells about while it runs: models, honest customers, Red's job
Tell = Callable[[str], object]


def play(blue: Blue, red: Red, seeds: Seeds, tell: Tell = lambda what: None) -> Row:
    """One match. `tell` is called before each of its `TURNS`."""
    tell("preparing the models")
    bases = models(seeds.bases)
    tell("honest customers")
    defended, undefended = honest(service(blue), seeds), honest(Service(), seeds)
    tell("Red's job")
    attack = serve(bases, seeds.draw, service(blue), Job(red.kind, red.n_examples, red.n_steps))
    seen = [moves.judged(*outcomes) for outcomes in zip(attack, defended, undefended, strict=True)]
    return board.row(blue, red, seeds.name, moves.score(seen), VERSIONS)


def rescored(rows: Iterable[Row], seeds: Iterable[Seeds]) -> Iterator[tuple[Row, Row]]:
    """The rows whose seeds are known, each with the same match played again from its stored choices."""
    known = {each.name: each for each in seeds}
    for row in rows:
        if row.seeds in known and row.rules == moves.rules_digest():
            yield row, play(*board.sides(row), known[row.seeds])


def service(blue: Blue) -> Service:
    """The testbed's name for a defence."""
    return Service(blue.filter, blue.safety_share, blue.gate_probes, blue.gate_minimum)


@cache
def models(seeds: tuple[int, ...]) -> tuple[Base, ...]:
    """The pre-trained models, their chat stage made once for this computer."""
    bases = tuple(load(Setting(bases=seeds)))
    for base in bases:
        base.chat()
    return bases


@cache
def honest(defence: Service, seeds: Seeds) -> list[tuple[dict, ...]]:
    """What every honest customer gets, for each model; the same for all Reds, so trained once."""
    jobs = [Job(*each) for each in moves.HONEST]
    return list(zip(*[serve(models(seeds.bases), seeds.draw, defence, job) for job in jobs], strict=True))
