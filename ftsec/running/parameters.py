"""What a chapter's parameters allow, and values checked against it: whoever runs a chapter checks first.

A value may come as a text (from the command line, from a YAML file) or typed (from Python); both are read alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ftsec.base.errors import InputError, did_you_mean
from ftsec.running.rules import Rule
from ftsec.running.value_syntax import split_list

TYPES = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
NULLS = ("null", "none", "~")
LONGEST_ECHO = 60  # letters of a value that is repeated in a sentence
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Bounds:
    """An interval of numbers; `text` is how the chapter writes it, for example ``(0, 1]``."""

    low: float
    high: float
    low_open: bool
    high_open: bool
    text: str

    def __contains__(self, value: float) -> bool:
        above = self.low < value if self.low_open else self.low <= value
        below = value < self.high if self.high_open else value <= self.high
        return above and below


@dataclass(frozen=True)
class Parameter:
    """One parameter of a chapter.

    Attributes:
        type: ``int``, ``float``, ``bool`` or ``str``; of each element if the parameter is a list.
        many: whether the parameter is a list.
        optional: whether None is allowed.
        bounds, choices, path: what is allowed; at most one of them. `path` is ``file`` or ``folder``.
    """

    name: str
    type: str
    default: object
    meaning: str
    many: bool = False
    optional: bool = False
    bounds: Bounds | None = None
    choices: tuple = ()
    path: str | None = None

    @property
    def type_text(self) -> str:
        return (f"list[{self.type}]" if self.many else self.type) + (" | None" if self.optional else "")

    @property
    def rule_text(self) -> str:
        """What is allowed, as the chapter writes it."""
        if self.choices:
            return "{" + ", ".join(map(str, self.choices)) + "}"
        return self.bounds.text if self.bounds else f"(a {self.path})" if self.path else ""

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        one = f"one of {', '.join(map(str, self.choices))}" if self.choices else TYPES[self.type]
        one = f"the name of a {self.path}" if self.path else one
        one += f" in {self.bounds.text}" if self.bounds else ""
        return (f"a list, each element {one}" if self.many else one) + (" or null" if self.optional else "")


class Parameters(list[Parameter]):
    """A chapter's parameters in order, and the rules between them."""

    def __init__(self, parameters: Iterable[Parameter] = (), rules: Iterable[Rule] = ()) -> None:
        super().__init__(parameters)
        self.rules = tuple(rules)

    def all_values(self, given: dict[str, object]) -> dict[str, object]:
        """Every parameter's value: the given one, else the default."""
        return {parameter.name: parameter.default for parameter in self} | given

    def broken_rule(self, given: dict[str, object]) -> str | None:
        """What is wrong between the values, in a sentence; None if all rules hold."""
        values = self.all_values(given)
        return next((rule.broken(values) for rule in self.rules if not rule.holds(values)), None)


def check_values(parameters: Iterable[Parameter], given: dict[str, object]) -> dict[str, object]:
    """The given values in their parameters' types; texts are read as on the command line, paths made absolute.

    Raises:
        InputError: for a name that is no parameter, or a value that its parameter does not allow.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise InputError(_unknown(name, list(known)))
    return {name: checked(known[name], value) for name, value in given.items()}


def checked(parameter: Parameter, value: object, is_default: bool = False) -> object:
    """The value in the parameter's type.

    Raises:
        InputError: if the parameter does not allow it.
    """
    if parameter.optional and (value is None or (isinstance(value, str) and value.strip().lower() in NULLS)):
        return None
    if not parameter.many:
        return _element(parameter, value, is_default)
    if isinstance(value, str):
        value = split_list(_unbracketed(value))
    if not isinstance(value, list | tuple):
        raise _not_allowed(parameter, value)
    if not value and parameter.default:
        raise InputError(f"{parameter.name} needs at least one element")
    return [_element(parameter, element, is_default) for element in value]


def _unbracketed(text: str) -> str:
    text = text.strip()
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text


def _element(parameter: Parameter, value: object, is_default: bool) -> object:
    try:
        result = CONVERT[parameter.type](value)
    except (TypeError, ValueError) as error:
        raise _not_allowed(parameter, value) from error
    if parameter.bounds and result not in parameter.bounds:
        raise _not_allowed(parameter, value)
    if parameter.choices and result not in parameter.choices:
        raise _not_allowed(parameter, value)
    # "" means "none given" if it is the default; a default is looked up when the chapter runs, not when it is read
    if parameter.path and not is_default and result != parameter.default:
        return _existing(parameter, result)
    return result


def _whole(value: object) -> int:
    if isinstance(value, str) and not value.strip().lstrip("+-").replace("_", "").isdigit():
        value = float(value)  # 1e3 is whole
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def _number(value: object) -> float:
    if isinstance(value, bool) or math.isnan(number := float(value)):
        raise ValueError(value)
    return number


def _truth(value: object) -> bool:
    if isinstance(value, str):
        value = TRUTHS.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


CONVERT = {"int": _whole, "float": _number, "bool": _truth, "str": _text}


def _existing(parameter: Parameter, text: str) -> str:
    """The absolute path of a file or folder that is there."""
    path = Path(text).expanduser().absolute()
    found = path.is_file() if parameter.path == "file" else path.is_dir()
    if not found and path.exists():
        what = "folder" if path.is_dir() else "file"
        raise InputError(f"{parameter.name} takes a {parameter.path}; {text!r} is a {what}")
    if not found:
        raise InputError(f"{parameter.name}: there is no {parameter.path} {text!r}")
    return str(path)


def _not_allowed(parameter: Parameter, value: object) -> InputError:
    hint = did_you_mean(str(value), map(str, parameter.choices))
    return InputError(f"{parameter.name} takes {parameter.allowed}, not {_said(value)}{hint}")


def _said(value: object) -> str:
    """The value as it stands on the command line or in a YAML file, cut if it is long."""
    said = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return said if len(said) <= LONGEST_ECHO else f"{said[:LONGEST_ECHO]}…"


def _unknown(name: str, known: list[str]) -> str:
    there = f"; there are {', '.join(known)}" if known else "; the chapter has none"
    return f"there is no parameter {name!r}{did_you_mean(name, known) or there}"
