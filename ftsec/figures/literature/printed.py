"""The articles' code, to be read: the function that a chapter runs, folded, with the lines at fault marked.

Nothing is copied: the text is that of `ftsec.article`, which computes what was printed. Left out is what is ours: the
descriptions and the checks of the input.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from types import FunctionType, ModuleType

from ftsec.base.typeset import typeset

ARTICLES = {
    "comparison": "Security Comparison: Pre-training vs Fine-tuning",
    "overview": "Fine-Tuning Attack Surface",
}
PLACE = re.compile(r'(?P<sections>"[^"]+".*)\((?P<article>comparison|overview)')
OUR_CHECKS = re.compile(r"_?(require|check)\w*")
FAULT = "^ "


@dataclass(frozen=True)
class Line:
    """A line of code, and what is wrong with it (empty if nothing is)."""

    code: str
    fault: str = ""


@dataclass(frozen=True)
class PrintedCode:
    """Functions of an article as a folded listing; plain text with comments elsewhere."""

    caption: str
    lines: tuple[Line, ...]

    def __repr__(self) -> str:
        told = ((line.code, f"# {FAULT}{line.fault}" if line.fault else None) for line in self.lines)
        return "\n".join([self.caption, "", *(text for pair in told for text in pair if text is not None)])

    def _repr_html_(self) -> str:
        coloured = _coloured("\n".join(line.code for line in self.lines))
        shown = map(_as_html, coloured, (line.fault for line in self.lines))
        return (
            f'<details class="ftsec-printed"><summary>{escape(self.caption)}</summary>'
            f'<div class="highlight"><pre>{"".join(shown)}</pre></div></details>'
        )


def printed_code(*functions: Callable, faults: Mapping[str, str] | None = None) -> PrintedCode:
    """The article's functions with the constants and helpers that they use.

    Args:
        functions: functions of `ftsec.article`, all of one module.
        faults: what is wrong with a line, in a sentence, by a piece of its code that stands in no other line.

    Raises:
        ValueError: if a piece does not stand in exactly one line.
    """
    module = sys.modules[functions[0].__module__]
    whole = list(_with_helpers(functions, module))
    text = "\n\n\n".join(filter(None, [_constants(whole, module), *map(_source, whole)]))
    names = " and ".join(f"{function.__name__}" for function in functions)
    return PrintedCode(f"To read: {names}, as printed in {_place(module)}", _marked(text, faults or {}))


def _with_helpers(functions: tuple[Callable, ...], module: ModuleType) -> Iterator[FunctionType]:
    """The functions, each followed by those of its module that it calls; checks of the input are ours."""
    found: dict[str, FunctionType] = {}
    waiting = list(functions)
    while waiting:
        function = waiting.pop(0)
        if function.__name__ in found or OUR_CHECKS.fullmatch(function.__name__):
            continue
        found[function.__name__] = function
        used = (vars(module).get(name) for name in sorted(_names(function)))
        waiting += [each for each in used if isinstance(each, FunctionType) and each.__module__ == module.__name__]
    return iter(found.values())


def _constants(functions: list[FunctionType], module: ModuleType) -> str:
    """The lines that set the constants that the functions name."""
    source = inspect.getsource(module)
    used = {name for function in functions for name in _names(function) if name.isupper()}
    lines = []
    for node in ast.parse(source).body:
        targets = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        if used & set(targets):
            lines.append(ast.get_source_segment(source, node))
    return "\n".join(lines)


def _names(function: FunctionType) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(inspect.getsource(function))) if isinstance(node, ast.Name)}


def _source(function: FunctionType) -> str:
    """A function's text without its description and without our checks."""
    lines = inspect.getsource(function).splitlines()
    left_out: set[int] = set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if _is_ours(node):
            left_out.update(range(node.lineno - 1, node.end_lineno))
    return "\n".join(line for place, line in enumerate(lines) if place not in left_out)


def _is_ours(node: ast.AST) -> bool:
    """Whether a statement is a description, a check of the input, or a loop over such checks."""
    if isinstance(node, ast.For):
        return all(map(_is_ours, node.body))
    if not isinstance(node, ast.Expr):
        return False
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
        return bool(OUR_CHECKS.fullmatch(node.value.func.id))
    return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _marked(text: str, faults: Mapping[str, str]) -> tuple[Line, ...]:
    lines = text.splitlines()
    by_line: dict[int, str] = {}
    for piece, fault in faults.items():
        places = [place for place, line in enumerate(lines) if piece in line]
        if len(places) != 1:
            raise ValueError(f"{piece!r} stands in {len(places)} lines of the code, not in one")
        by_line[places[0]] = typeset(fault)
    return tuple(Line(line, by_line.get(place, "")) for place, line in enumerate(lines))


def _place(module: ModuleType) -> str:
    """Where the article prints it: the module's description names the section."""
    found = PLACE.search((module.__doc__ or "").splitlines()[0])
    if not found:
        raise ValueError(f"{module.__name__} does not say which section of which article it is from")
    section = re.findall(r'"([^"]+)"', found["sections"])[0]
    return f"“{ARTICLES[found['article']]}”, section “{section}”"


def _coloured(code: str) -> list[str]:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")


def _as_html(line: str, fault: str) -> str:
    if not fault:
        return f"{line}\n"
    return f'<mark>{line}</mark>\n<span class="ftsec-fault">{FAULT}{escape(fault)}</span>\n'
