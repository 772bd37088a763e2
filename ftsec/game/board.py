"""Who plays whom, and what was played."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.game import files
from ftsec.game.moves import Blue, Red, Score, digest, rules_digest
from ftsec.game.results import Row


def entries(folder: Path) -> tuple[list[Blue], list[Red]]:
    """All sides in a folder's TOML files.

    Raises:
        InputError: if a file has a mistake (all mistakes of all files are told), a side is missing, or two Blues have
            one name.
    """
    paths = sorted(folder.glob("*.toml"))
    wrong = [_told(path, sentence) for path in paths for sentence in files.mistakes_in(path)]
    if wrong:
        raise InputError("\nftsec: ".join(wrong))
    sides = [files.read(path) for path in paths]
    blues = [side for side in sides if isinstance(side, Blue)]
    reds = [side for side in sides if isinstance(side, Red)]
    if not blues or not reds:
        raise InputError(f"{folder} needs at least one Blue and one Red, it has {len(blues)} and {len(reds)}")
    names = [blue.team for blue in blues]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{folder} holds two Blues called {twice[0]!r}; each team commits one")
    return blues, reds


def _told(path: Path, sentence: str) -> str:
    return sentence if path.name in sentence else f"{path.name}: {sentence}"


def matches(blues: Iterable[Blue], reds: Iterable[Red]) -> Iterator[tuple[Blue, Red]]:
    """Every Blue meets every Red, but not its own team's, nor one that was made for another Blue (in any case).

    Raises:
        InputError: if a Red was made for a Blue that is not there.
    """
    blues, reds = list(blues), list(reds)
    known = {blue.team.casefold() for blue in blues}
    for red in reds:
        if red.against and red.against.casefold() not in known:
            names = ", ".join(sorted(blue.team for blue in blues))
            raise InputError(f"{red.team} is against {red.against!r}; the Blues are {names}")
    return ((b, r) for b in blues for r in reds if b.team != r.team and r.against.casefold() in ("", b.team.casefold()))


def committed(blues: Iterable[Blue], commitments: Path) -> None:
    """Check that every Blue is one of those whose digests were handed in.

    Raises:
        InputError: if one was changed after its commitment, or never committed.
    """
    try:
        kept = {line.split()[0] for line in commitments.read_text(encoding="utf-8").splitlines() if line.strip()}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {commitments}: {error}") from error
    for blue in blues:
        if digest(blue) not in kept:
            raise InputError(f"{blue.team} committed another defence: {digest(blue)} is not among the commitments")


def row(blue: Blue, red: Red, seeds: str, result: Score, versions: str) -> Row:
    """One match as a row of the results file."""
    return Row(
        blue_team=blue.team, red_team=red.team, **asdict(result), seeds=seeds, rules=rules_digest(),
        blue_digest=digest(blue), red_digest=digest(red), blue=json.dumps(asdict(blue), sort_keys=True),
        red=json.dumps(asdict(red), sort_keys=True), versions=versions,
    )  # fmt: skip


def sides(played: Row) -> tuple[Blue, Red]:
    """The choices stored in a row.

    Raises:
        InputError: if they are not what their digests say.
    """
    try:
        blue, red = Blue(**json.loads(played.blue)), Red(**json.loads(played.red))
    except (TypeError, ValueError) as error:
        raise InputError(f"the choices of {played.blue_team} against {played.red_team} cannot be read") from error
    if (digest(blue), digest(red)) != (played.blue_digest, played.red_digest):
        raise InputError(f"the choices of {played.blue_team} against {played.red_team} were changed after the match")
    return blue, red


def differences(first: Iterable[Row], again: Iterable[Row]) -> float:
    """The largest difference in Red's points between two plays of the same matches; 0 if there are none."""
    pairs = zip(first, again, strict=True)
    return max((abs(one.red_points - other.red_points) for one, other in pairs), default=0.0)
