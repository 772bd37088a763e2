"""Rules in the notation of Python's comparisons: between the parameters of a chapter, and to choose among stored runs.

    n_harmful <= n_examples
    method == "lora" and learning_rate > 1e-4

A rule may compare, add, subtract, multiply and divide names and plain values, and join with ``and``, ``or``, ``not``;
nothing else, so that a rule from a file can run no code.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ftsec.base.errors import InputError

PARTS = (
    ast.Expression, ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.Add,
    ast.Sub, ast.Mult, ast.Div, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple,
)  # fmt: skip
EXAMPLE = "n_harmful <= n_examples or method == 'lora'"


@dataclass(frozen=True)
class Rule:
    """A condition on named values; `text` is how it was written."""

    text: str

    def __post_init__(self) -> None:
        try:
            nodes = list(ast.walk(ast.parse(self.text.strip(), mode="eval")))
        except (SyntaxError, ValueError) as error:
            raise InputError(f"{self.text!r} is no rule such as {EXAMPLE}") from error
        if foreign := [node for node in nodes if not isinstance(node, PARTS)]:
            raise InputError(f"{self.text!r}: a rule may not hold {ast.unparse(foreign[0])!r}; such as {EXAMPLE}")
        if not any(isinstance(node, ast.Compare) for node in nodes):
            raise InputError(f"{self.text!r} compares nothing; a rule is such as {EXAMPLE}")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names that it speaks of, in order."""
        found = (node.id for node in ast.walk(ast.parse(self.text.strip(), mode="eval")) if isinstance(node, ast.Name))
        return tuple(dict.fromkeys(found))

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether it is true of these values; it is not where a value is missing or cannot be compared."""
        try:
            return bool(eval(self._code, {"__builtins__": {}}, dict(values)))
        except (NameError, TypeError, ArithmeticError):
            return False

    def broken(self, values: Mapping[str, object]) -> str:
        """A sentence that says what is wrong with values that break the rule."""
        given = ", ".join(f"{name} is {values[name]!r}" for name in self.names)
        return f"{self.text} must hold; {given}"

    @cached_property
    def _code(self) -> object:
        return compile(self.text.strip(), "rule", "eval")
