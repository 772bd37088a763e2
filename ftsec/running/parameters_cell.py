"""The grammar of a chapter's parameters, read from the cell tagged ``parameters``: one line each,

    n_harmful: int = 100  # harmful examples [0, 10000]
    method: str = "full"  # fine-tuning method {full, lora, prefix_tuning}
    rates: list[float] = [1e-5, 1e-4]  # learning rates (0, 1]
    examples: str = ""  # your own examples, one a line (a file)

that is name, type, default, meaning, and what is allowed: bounds (round brackets exclude the bound, ``inf`` is
no bound), choices, or a file or folder that exists. A list's rule holds for each of its elements. What must hold
between parameters stands on a line of its own (see `rules`)::

    # rule: n_harmful <= n_examples
"""

from __future__ import annotations

import ast
import io
import json
import math
import re
import tokenize
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.running.parameters import CONVERT, TYPES, Bounds, Parameter, Parameters, checked
from ftsec.running.rules import Rule

MOST_PARAMETERS = 8
TAG = "parameters"
RULE_LINE = "rule:"
TYPE = re.compile(r"(?P<many>list\[)?(?P<type>int|float|bool|str)(?(many)\])(?P<optional> \| None)?")
NUMBER = r"[-+]?(?:inf|\d[\d_.]*(?:e[-+]?\d+)?)"
RULE = re.compile(
    rf"(?P<bounds>[\[(]\s*(?P<low>{NUMBER})\s*,\s*(?P<high>{NUMBER})\s*[\])])"
    r"|\{(?P<choices>[^{}]+)\}|\(an? (?P<path>file|folder)\)"
)


def read_parameters(notebook: Path) -> Parameters:
    """The parameters of a chapter, in order, and the rules between them; none if no cell carries the tag.

    Raises:
        InputError: if the cell does not obey the grammar; the sentence names the notebook and the line.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if TAG in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) > 1:
        raise InputError(f"{notebook.stem}: {len(tagged)} cells carry the tag {TAG}; there may be one")
    try:
        return parse_parameters("".join(tagged[0]["source"])) if tagged else Parameters()
    except ValueError as error:
        raise InputError(f"{notebook.stem}: {error}") from error


def parse_parameters(source: str) -> Parameters:
    """The parameters and rules that a cell's source declares.

    Raises:
        InputError: if a line does not obey the grammar.
    """
    try:
        lines, comments = ast.parse(source).body, _comments(source)
    except SyntaxError as error:
        raise InputError(f"the parameters cell is not Python: {error.msg} in line {error.lineno}") from error
    parameters = [_parameter(line, comments.get(line.end_lineno, "")) for line in lines]
    names = [parameter.name for parameter in parameters]
    if len(names) > MOST_PARAMETERS:
        raise InputError(f"the parameters cell has {len(names)} parameters; at most {MOST_PARAMETERS} are readable")
    if repeated := {name for name in names if names.count(name) > 1}:
        raise InputError(f"the parameters cell sets {', '.join(sorted(repeated))} twice")
    rules = [Rule(text[len(RULE_LINE) :].strip()) for text in comments.values() if text.startswith(RULE_LINE)]
    if unknown := [name for rule in rules for name in rule.names if name not in names]:
        raise InputError(f"a rule of the parameters cell names {unknown[0]}, which is no parameter")
    declared = Parameters(parameters, rules)
    if wrong := declared.broken_rule({}):
        raise InputError(f"the defaults of the parameters cell break a rule: {wrong}")
    return declared


def _comments(source: str) -> dict[int, str]:
    """The comment of each line, without the hash sign."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string[1:].strip() for token in tokens if token.type == tokenize.COMMENT}


def _parameter(line: ast.stmt, comment: str) -> Parameter:
    if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name) or line.value is None:
        raise _wrong(line, "is not of the form `name: type = default  # meaning`")
    kind = TYPE.fullmatch(ast.unparse(line.annotation))
    if kind is None:
        raise _wrong(line, f"has a type other than {', '.join(TYPES)}, a list of these, or one of these or None")
    meaning, rule = _meaning_and_rule(comment)
    if not meaning:
        raise _wrong(line, "does not say in a comment what the parameter means")
    try:
        default = ast.literal_eval(line.value)
    except ValueError as error:
        raise _wrong(line, "has a default that is not a plain value") from error
    many, optional = bool(kind["many"]), bool(kind["optional"])
    given = Parameter(line.target.id, kind["type"], default, meaning, many, optional, **_rule(line, kind["type"], rule))
    if checked(given, default, is_default=True) != default:
        raise _wrong(line, f"has a default of another type: {default!r}")
    return given


def _meaning_and_rule(comment: str) -> tuple[str, re.Match | None]:
    """The comment split before its last bracket, if that is a rule."""
    for rule in RULE.finditer(comment):
        if rule.end() == len(comment):
            return comment[: rule.start()].strip(), rule
    return comment.strip(), None


def _rule(line: ast.stmt, kind: str, rule: re.Match | None) -> dict:
    """The constructor's arguments for a rule."""
    if rule is None:
        return {}
    if rule["path"] and kind == "str":
        return {"path": rule["path"]}
    if rule["choices"]:
        try:
            choices = _choices(kind, rule["choices"])
        except ValueError as error:
            raise _wrong(line, f"has choices of another type: {rule[0]}") from error
        return {"choices": choices}
    if rule["bounds"] and kind in ("int", "float"):
        text, low, high = rule["bounds"], float(rule["low"]), float(rule["high"])
        if low > high or math.isnan(low):
            raise _wrong(line, f"has the lower bound above the upper one: {text}")
        return {"bounds": Bounds(low, high, text[0] == "(", text[-1] == ")", text)}
    raise _wrong(line, f"has a rule that does not fit its type: {rule[0]}")


def _choices(kind: str, text: str) -> tuple:
    """The choices in their type, in order."""
    return tuple(CONVERT[kind](choice.strip()) for choice in text.split(","))


def _wrong(line: ast.stmt, what: str) -> InputError:
    return InputError(f"line {line.lineno} of the parameters cell {what}")
