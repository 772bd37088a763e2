"""What a chapter's outputs depend on, as digests: its cells, its parameters, the package modules it imports
(transitively), their data, and the lock. A chapter is stale when one of them changed, and not otherwise."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import grimp

LOCK = "requirements.txt"  # the packages a chapter runs with; those of the book and the tests do not matter to it
PACKAGE = "ftsec"


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


def digest(*chunks: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the chunks, each preceded by its length."""
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(len(chunk).to_bytes(8, "big"))
        sha.update(chunk)
    return sha.hexdigest()[:16]


def chapter_digests(root: Path, notebook: Path, parameters: dict | None = None) -> Digests:
    """Digests of one chapter run with `parameters` (default: those printed in the chapter)."""
    return DigestMaker(root).digests(notebook, parameters)


class DigestMaker:
    """Computes the digests of many chapters; the import graph, the lock and each file are read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.graph = grimp.build_graph(PACKAGE, cache_dir=None)
        self.package = root / PACKAGE if (root / PACKAGE).is_dir() else Path(__file__).resolve().parents[1]
        lock = root / LOCK
        self.read = cache(Path.read_bytes)  # chapters share most of their modules and data
        self.lock = digest(lock.read_bytes() if lock.exists() else b"")

    def digests(self, notebook: Path, parameters: dict | None = None) -> Digests:
        sources = code_cells(notebook)
        modules = self.modules(sources)
        return Digests(
            cells=digest(*(source.encode() for source in sources)),
            parameters=digest(json.dumps(parameters or {}, sort_keys=True, default=str).encode()),
            code=self._tree(self._file(module) for module in modules),
            data=self._tree(self._data(modules)),
            lock=self.lock,
        )

    def modules(self, sources: Iterable[str]) -> set[str]:
        """The package's modules that the sources import, directly or through others."""
        direct = set().union(*(self._imported(source) for source in sources))
        upstream = set().union(*(self.graph.find_upstream_modules(module) for module in direct), direct)
        return upstream | {parent for module in upstream for parent in _parents(module)}

    def _imported(self, source: str) -> set[str]:
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a magic, say: depend on the whole package rather than miss a change
            return set(self.graph.modules)
        names = (name for node in ast.walk(tree) for name in _names(node))
        return {self._known(name) for name in names if name.split(".")[0] == PACKAGE}

    def _known(self, name: str) -> str:
        """The module that `name` is, or that defines it."""
        while name not in self.graph.modules and "." in name:
            name = name.rpartition(".")[0]
        return name

    def _file(self, module: str) -> Path:
        path = self.package.parent.joinpath(*module.split("."))
        return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

    def _data(self, modules: Iterable[str]) -> Iterable[Path]:
        """The files of every `data` folder beside one of the modules."""
        folders = {self._file(module).parent / "data" for module in modules}
        return (path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file())

    def _tree(self, paths: Iterable[Path]) -> str:
        named = sorted((path.relative_to(self.package.parent).as_posix(), path) for path in set(paths))
        return digest(*(part for name, path in named for part in (name.encode(), self.read(path))))


def code_cells(notebook: Path) -> list[str]:
    """The sources of a notebook's code cells, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _names(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _parents(module: str) -> Iterable[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module
