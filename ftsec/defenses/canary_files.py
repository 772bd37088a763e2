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
            count = sum(1 for _ in readable(data))
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
