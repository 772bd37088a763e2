"""The form in which notebooks are committed: text outputs, no images, no timings, no machine data.

A changed number is then a changed line, nbval has something to compare with, and the repository stays small.
"""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ftsec.base.files import write_if_changed
from ftsec.running.notebook import KERNEL

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": KERNEL}
KEPT_CELL_METADATA = ("tags", "mystnb")


def normal_form(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook in the committed form (idempotent)."""
    result = copy.deepcopy(notebook)
    result.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    result.nbformat, result.nbformat_minor = 4, 5
    for cell in result.cells:
        cell.metadata = nbformat.from_dict(_kept(cell.metadata))
    code = [cell for cell in result.cells if cell.cell_type == "code"]
    for position, cell in enumerate(code, start=1):
        cell.execution_count = position  # nbval takes a cell without a count for one that never ran
        kept = (_text_only(output, position) for output in cell.outputs)
        cell.outputs = [output for output in kept if output is not None]
    return result


def with_outputs(source: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The source notebook with the outputs of its executed copy.

    Text may have been edited since; code may not: the code cells of both must be the same, in order.

    Raises:
        ValueError: if they are not.
    """
    result = copy.deepcopy(source)
    outputs = {cell.id: cell for cell in executed.cells if cell.cell_type == "code" and not _injected(cell)}
    for cell in result.cells:
        if cell.cell_type != "code":
            continue
        ran = outputs.get(cell.id)
        if ran is None or ran.source != cell.source:
            raise ValueError(f"cell {cell.id} was not executed in this form")
        cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
    return result


def serialise(notebook: NotebookNode) -> str:
    """The notebook as it stands in a file: one space of indentation, sorted keys, a newline at the end."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def write_reference(path: Path, executed: NotebookNode) -> bool:
    """Write the executed notebook's outputs back to `path` in normal form; tells whether the file changed."""
    source = nbformat.read(path, as_version=4)
    return write_if_changed(path, serialise(normal_form(with_outputs(source, executed))))


def _kept(metadata: dict) -> dict:
    return {key: metadata[key] for key in KEPT_CELL_METADATA if metadata.get(key)}


def _injected(cell: NotebookNode) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", [])


def _text_only(output: NotebookNode, position: int) -> NotebookNode | None:
    if output.output_type in ("display_data", "execute_result"):
        output.data = {kind: data for kind, data in output.data.items() if not kind.startswith("image/")}
        output.metadata = nbformat.from_dict({})
        if "execution_count" in output:
            output.execution_count = position
        if not output.data:
            return None
    return output
