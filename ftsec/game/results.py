"""The results file of the game: a row a match, appended whole, whoever else appends and whatever gets killed."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from ftsec.base import locks
from ftsec.base.errors import InputError

TOLERANCE = 0.5  # points by which a match may differ on another processor, if no model is on the edge of a bound


@dataclass(frozen=True)
class Row:
    """One match. Everything that is needed to play it again is in it, but the teacher's secret word.

    Attributes:
        red_points, standard_error, harm, penalty, honest_loss, broken, stopped, n_models: see `game.Score`.
        seeds: ``practice`` or the digest of the secret word.
        rules: digest of the rules.
        blue, red: all choices, as JSON.
        versions: of the package and of NumPy.
    """

    blue_team: str
    red_team: str
    red_points: float
    standard_error: float
    harm: float
    penalty: float
    honest_loss: float
    broken: int
    stopped: int
    n_models: int
    seeds: str
    rules: str
    blue_digest: str
    red_digest: str
    blue: str
    red: str
    versions: str

    @property
    def match(self) -> tuple[str, ...]:
        """What makes two rows the same match."""
        return self.blue_digest, self.red_digest, self.seeds, self.rules


HEADER = tuple(field.name for field in fields(Row))


def append(path: Path, row: Row) -> None:
    """Add a row under a lock, in one write; a torn last line, left by a kill, is cut off first.

    Raises:
        InputError: if the file cannot be written, or is no results file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        lock = locks.take(path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    try:
        _cut_torn_line(path)
        empty = path.stat().st_size == 0
        if not empty:
            _check_header(path)
        _write(path, _lines([HEADER, astuple(row)] if empty else [astuple(row)]))
    finally:
        os.close(lock)


def read(path: Path) -> list[Row]:
    """All whole rows; a match that was played twice counts once, the first time.

    Raises:
        InputError: if the file is missing or is no results file.
    """
    if not path.is_file():
        raise InputError(f"there is no results file {path}")
    _check_header(path)
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    rows = [_row(path, number, line) for number, line in enumerate(csv.DictReader(io.StringIO(whole)), start=2)]
    return list({row.match: row for row in reversed(rows)}.values())[::-1]


def _row(path: Path, number: int, line: dict) -> Row:
    try:
        kinds = {"int": int, "float": float, "str": str}
        return Row(**{field.name: kinds[field.type](line[field.name]) for field in fields(Row)})
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}, line {number} is no match of this game: {error}") from error


def _lines(rows: Iterable[tuple]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))  # the flag is Windows's
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _cut_torn_line(path: Path) -> None:
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _check_header(path: Path) -> None:
    first = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    if first != ",".join(HEADER):
        raise InputError(f"{path} is no results file of this game: its first line should be {','.join(HEADER)}")
