"""What a chapter's outputs depend on, as digests: its cells, its parameters, the package modules it imports
(transitively), their data, and the lock. A chapter is stale when one of them changed, and not otherwise."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ftsec.base.code import FOLDER, PACKAGE, code_digests, data_digest, imported_by, modules_behind
from ftsec.base.digests import digest

LOCK = "requirements.txt"  # the packages a chapter runs with; those of the book and the tests do not matter to it


@dataclass(frozen=True)
class Digests:
    """SHA-256 digests (hexadecimal, 16 digits) of everything a chapter's outputs depend on."""

    cells: str
    parameters: str
    code: str
    data: str
    lock: str

    @property
    def key(self) -> str:
        """One digest for all of them."""
        return digest(json.dumps(asdict(self), sort_keys=True).encode())


def chapter_digests(root: Path, notebook: Path, parameters: dict | None = None) -> Digests:
    """Digests of one chapter run with `parameters` (default: those printed in the chapter)."""
    return DigestMaker(root).digests(notebook, parameters)


class DigestMaker:
    """Computes the digests of many chapters; the import graph, the lock and each file are read once."""

    def __init__(self, root: Path) -> None:
        copy = root / PACKAGE  # kernels start in `root` and find this one first
        self.package = copy if copy.is_dir() else FOLDER
        lock = root / LOCK
        self.lock = digest(lock.read_bytes() if lock.exists() else b"")

    def digests(self, notebook: Path, parameters: dict | None = None) -> Digests:
        sources = code_cells(notebook)
        modules = modules_behind(set().union(*map(imported_by, sources)))
        return Digests(
            cells=digest(*(source.encode() for source in sources)),
            parameters=digest(json.dumps(parameters or {}, sort_keys=True, default=str).encode()),
            code=digest(json.dumps(code_digests(modules, self.package)).encode()),
            data=data_digest(modules, self.package),
            lock=self.lock,
        )


def code_cells(notebook: Path) -> list[str]:
    """The sources of a notebook's code cells, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
