"""Which code stands behind a frame: the testbed's modules that its experiment imports, directly or through others.

Comments, docstrings and layout do not count. Modules outside the testbed (`ftsec.errors`) compute nothing and are left
out, and so are the packages around a module, which list what they hold.
"""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import grimp

ROOM = "ftsec.testbed"


@cache
def module_digests(module: str) -> dict[str, str]:
    """Fingerprints of a module and of all it imports, by their names below `ROOM`, in alphabetical order."""
    behind = {module} | _graph().find_upstream_modules(module)
    inside = sorted(name for name in behind if name.startswith(f"{ROOM}."))
    return {name.removeprefix(f"{ROOM}."): short(code_of(Path(find_spec(name).origin))) for name in inside}


def digest(modules: dict[str, str]) -> str:
    """One fingerprint of many modules."""
    return short(json.dumps(modules, sort_keys=True))


def changed(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """Names of the modules that were changed, added or left out."""
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def code_of(path: Path) -> str:
    """A module's code without comments, docstrings and layout; the same text on every version of Python."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return _plain(tree)


def _plain(node: object) -> str:
    """Like `ast.dump`, without empty fields, which differ between versions."""
    if isinstance(node, list):
        return f"[{', '.join(map(_plain, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if value is not None and value != [])
    return f"{type(node).__name__}({', '.join(f'{name}={_plain(value)}' for name, value in fields)})"


def short(text: str) -> str:
    """The first 16 hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph("ftsec", cache_dir=None)
