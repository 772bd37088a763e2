"""What a chapter recorded with `ftsec.record`, read back from its executed notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ftsec.base.record import MIME_TYPE


def read_results(notebook: Path) -> list[dict]:
    """The recorded results, in order: objects with ``name``, ``value``, ``unit`` and ``interval``.

    A name that was recorded more than once, in a loop say, keeps its last value. A notebook that was not written
    has no results.
    """
    if not notebook.exists():
        return []
    return results_of(json.loads(notebook.read_text(encoding="utf-8"))["cells"])


def results_of(cells: Iterable[dict]) -> list[dict]:
    """The same from a notebook's cells as they stand in the file."""
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    recorded = [output["data"][MIME_TYPE] for output in outputs if MIME_TYPE in output.get("data", {})]
    return list({result["name"]: result for result in recorded}.values())
