"""Which code stands behind a result: a module and everything it imports, as fingerprints.

Comments, docstrings and layout do not count. What depends on what is read from the imports (by grimp), never from a
list kept by hand.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import grimp

from ftsec.base.digests import digest, text_digest

PACKAGE = "ftsec"
FOLDER = Path(__file__).resolve().parents[1]


def modules_behind(modules: Iterable[str]) -> set[str]:
    """The modules and all modules of the package that they import, directly or through others, with their packages."""
    direct = {_known(module) for module in modules}
    behind = direct.union(*map(graph().find_upstream_modules, direct))
    return behind | {parent for module in behind for parent in _parents(module)}


def imported_by(source: str) -> set[str]:
    """The package's modules that a piece of Python imports; all of them where it cannot be read (a magic, say)."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # depend on the whole package rather than miss a change
        return set(graph().modules)
    names = (name for node in ast.walk(tree) for name in _names(node))
    return {_known(name) for name in names if name.split(".")[0] == PACKAGE}


def code_digests(modules: Iterable[str], package: Path = FOLDER) -> dict[str, str]:
    """The fingerprint of each module's code, by the module's name, in alphabetical order.

    Args:
        package: the folder of the package that is meant, where it is another copy than the one that runs.
    """
    return {module: _code_digest(module_file(module, package)) for module in sorted(modules)}


def data_digest(modules: Iterable[str], package: Path = FOLDER) -> str:
    """One fingerprint of all files in the ``data`` folders beside the modules; arguments as `code_digests`."""
    folders = sorted({module_file(module, package).parent / "data" for module in modules})
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*")) if path.is_file()]
    names = (path.relative_to(package).as_posix().encode() for path in files)
    return digest(*(part for name, path in zip(names, files, strict=True) for part in (name, path.read_bytes())))


def changed(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """Names of the modules that were changed, added or left out between two sets of fingerprints."""
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def code_of(path: Path) -> str:
    """A module's code without comments, docstrings and layout; the same text on every version of Python."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return _plain(tree)


def module_file(module: str, package: Path = FOLDER) -> Path:
    """The file that holds a module of the package."""
    path = package.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def graph() -> grimp.ImportGraph:
    """Who imports whom in the package."""
    return grimp.build_graph(PACKAGE, cache_dir=None)


def _code_digest(path: Path) -> str:
    about = path.stat()
    return _code_digest_of(path, about.st_ctime_ns, about.st_size)


@cache  # chapters share most of their modules, and reading one takes a while
def _code_digest_of(path: Path, status_changed: int, size: int) -> str:
    return text_digest(code_of(path))


def _known(name: str) -> str:
    """The module that `name` is, or that defines it."""
    while name not in graph().modules and "." in name:
        name = name.rpartition(".")[0]
    return name


def _parents(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _plain(node: object) -> str:
    """Like `ast.dump`, without empty fields, which differ between versions."""
    if isinstance(node, list):
        return f"[{', '.join(map(_plain, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if value is not None and value != [])
    return f"{type(node).__name__}({', '.join(f'{name}={_plain(value)}' for name, value in fields)})"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
