"""Rows written back in the form and the bytes in which they were read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ftsec.base.errors import InputError
from ftsec.defenses.training_data.editing import Edit, with_answer
from ftsec.defenses.training_data.reader import JSON_SUFFIXES, PLAIN, TABLE_SUFFIXES, TEXT_SUFFIXES, Data, Row
from ftsec.defenses.training_data.streams import inner_suffix, packing

FORMS = (*JSON_SUFFIXES, *TEXT_SUFFIXES, *TABLE_SUFFIXES, ".parquet")


class Writer:
    """Takes rows of one file, in their order."""

    def __init__(self, data: Data, sink: object) -> None:
        self._data, self._sink = data, sink

    def keep(self, row: Row) -> None:
        """Write a row as it stood."""
        self._sink.write(row.source.before, row.source.raw)

    def change(self, row: Row, edit: Edit) -> None:
        """Write a row with `edit` applied to its document or its last answer.

        Raises:
            InputError: if nobody answers in it.
        """
        form, value = self._data.format, row.source.value
        try:
            changed = edit(value) if form is PLAIN else with_answer(value, form, edit)
        except InputError as bad:
            raise InputError(f"{self._data.path}, line {row.line}: {bad}") from None
        self._sink.write(row.source.before, self._data.container.encoded(changed, row.source))


@contextmanager
def written_like(data: Data, stream: BinaryIO, target: Path) -> Iterator[Writer]:
    """A writer of rows of `data` into `stream`; the name of `target` says whether and how it is packed."""
    with packing(stream, target) as packed:
        make = getattr(data.container, "writer", None)
        sink = make(packed) if make else _Bytes(packed, data.container)
        yield Writer(data, sink)
        sink.close(data.container.tail)


def check_name(data: Data, target: Path) -> None:
    """Refuse a name that promises another form than the input has.

    Raises:
        InputError: naming what the name must end in.
    """
    suffix, allowed = inner_suffix(target), data.container.suffixes
    if suffix in FORMS and suffix not in allowed:
        raise InputError(f"{target}: the output has the form of the input, so its name ends in {' or '.join(allowed)}")
    if allowed == (".parquet",) and inner_suffix(target) != target.suffix.lower():
        raise InputError(f"{target}: Parquet packs its columns itself; name it without {target.suffix}")


class _Bytes:
    """Writes what surrounds the rows, and the rows."""

    def __init__(self, stream: BinaryIO, container: object) -> None:
        self._stream, self._container, self._first = stream, container, True
        stream.write(container.head)

    def write(self, before: bytes, raw: bytes) -> None:
        if not (self._first and self._container.separated):
            self._stream.write(before)
        self._stream.write(raw)
        self._first = False

    def close(self, tail: bytes) -> None:
        self._stream.write(tail)
