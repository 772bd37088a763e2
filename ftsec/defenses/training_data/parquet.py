"""Rows in Parquet, batch by batch; what is kept is written with the same columns, metadata and compression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ftsec.base.errors import InputError
from ftsec.defenses.training_data.containers import Raw

BROKEN = (pa.ArrowException, OSError, ValueError, OverflowError)  # what damaged files were seen to raise
BATCH = 256  # rows that are in memory at once
GROUP = 4096  # rows of a group that is written


class Parquet:
    """A Parquet file; a row's `raw` is a slice of its table."""

    name, suffixes, separated, head, tail = "Parquet", (".parquet",), False, b"", b""

    def __init__(self, path: Path) -> None:
        try:
            self._file = pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        except BROKEN as bad:
            raise InputError(f"not a Parquet file that can be read ({_first_line(bad)})") from None
        self.schema = self._file.schema_arrow

    def __iter__(self) -> Iterator[Raw]:
        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=BATCH):
                for index, value in enumerate(batch.to_pylist()):
                    number += 1
                    yield Raw(number, b"", batch.slice(index, 1), value)
        except BROKEN as bad:
            raise InputError(f"row {number + 1}: cannot be read ({_first_line(bad)})") from None

    def encoded(self, value: dict, row: Raw) -> pa.RecordBatch:
        return pa.RecordBatch.from_pylist([value], schema=self.schema)

    def writer(self, stream: BinaryIO) -> ParquetSink:
        groups = self._file.metadata.num_row_groups and self._file.metadata.num_columns
        codec = self._file.metadata.row_group(0).column(0).compression if groups else "SNAPPY"
        return ParquetSink(pq.ParquetWriter(pa.PythonFile(stream, mode="w"), self.schema, compression=codec))


class ParquetSink:
    """Collects rows and writes them in groups."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer, self._rows = writer, []

    def write(self, before: bytes, raw: pa.RecordBatch) -> None:
        self._rows.append(raw)
        if len(self._rows) == GROUP:
            self._flush()

    def close(self, tail: bytes) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_batches(self._rows).combine_chunks())
            self._rows = []


def _first_line(bad: Exception) -> str:
    return str(bad).splitlines()[0] if str(bad) else type(bad).__name__
