"""Copies training data while something decides about each row: the frame of deduplication, filters and canaries."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ftsec.defenses.outputs import check_outputs, written_together
from ftsec.defenses.training_data.reader import Data, Row, open_data, readable
from ftsec.defenses.training_data.writing import Writer, check_name, written_like


class Copy:
    """One pass over a file and the new file it goes to.

    Attributes:
        data: the file that is read.
        writer: takes the rows that stay.
    """

    def __init__(self, data: Data, writer: Writer, keep_bad: bool) -> None:
        self.data, self.writer, self._keep_bad = data, writer, keep_bad
        self._report = io.StringIO()

    def rows(self) -> Iterator[Row]:
        """The rows; without `keep_bad` the first that cannot be read ends the pass."""
        return iter(self.data) if self._keep_bad else readable(self.data)

    def note(self, *cells: object) -> None:
        """Add a line to the report."""
        csv.writer(self._report, lineterminator="\n").writerow(cells)

    @property
    def report(self) -> bytes:
        return self._report.getvalue().encode()


@contextmanager
def copying(
    source: Path, target: Path, *, field: str = "", keep_bad: bool = False, report: Path | None = None,
    beside: Iterable[Path | None] = (), force: bool = False,
) -> Iterator[Copy]:  # fmt: skip
    """Open `source` and the new `target` and `report`, which appear whole and together, or not at all.

    Args:
        beside: other inputs of the command, which no output may replace either.

    Raises:
        InputError: see `check_outputs`, `open_data`, `check_name` and `readable`.
    """
    check_outputs([source, *beside], [target, report], force)
    with open_data(source, field) as data:
        check_name(data, target)
        with written_together(*filter(None, (target, report))) as streams:
            with written_like(data, streams[0], target) as writer:
                copy = Copy(data, writer, keep_bad)
                yield copy
            for stream in streams[1:]:
                stream.write(copy.report)
