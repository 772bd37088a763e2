"""Canaries put into a file of training data, which keeps its form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.canaries import Canary, additions, placements, planted
from ftsec.defenses.training_data import open_data, readable
from ftsec.defenses.training_data.copying import copying


def insert_into(
    source: Path, target: Path, canaries: Sequence[Canary], seed: int, *, field: str = "",
    beside: Iterable[Path | None] = (), force: bool = False,
) -> tuple[int, str]:  # fmt: skip
    """Copy `source` to `target` with each canary at the end of as many documents, or last answers, as it has copies.

    The file is read twice rather than kept in memory: it may be larger than that.

    Returns:
        How many copies went in, and what the file was read as.

    Raises:
        InputError: see `copying` and `placements`; then no output appears.
    """
    with copying(source, target, field=field, beside=beside, force=force) as copy:
        with open_data(source, field) as data:
            count = 0
            for row in readable(data):
                count += 1
                _refuse_planted(row.conversation.text, canaries, source)
        placed = placements(count, canaries, seed)
        added, index = additions(placed, canaries), -1
        for index, row in enumerate(copy.rows()):
            if index in added:
                copy.writer.change(row, partial(planted, added=added[index]))
            else:
                copy.writer.keep(row)
        if index + 1 != count:
            raise InputError(f"{source}: changed while it was read")
    return len(placed), copy.data.read_as


def _refuse_planted(text: str, canaries: Sequence[Canary], source: Path) -> None:
    """Refuse a source that holds one of the canaries: with further copies, exposure would be of more than was planned.

    The few texts before the secrets are looked for, not every canary: there may be hundreds.
    """
    for prefix in {canary.prefix for canary in canaries if canary.prefix in text}:
        if found := next((one for one in canaries if one.prefix == prefix and one.text in text), None):
            raise InputError(
                f"{source}: holds {found.name} already; insert a set of canaries once, into the clean data"
            )
