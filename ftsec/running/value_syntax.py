"""Values as texts: ``name=value`` on the command line, lists with commas, parameters in a YAML file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ftsec.base.errors import InputError

OPENING, CLOSING = "[({", "])}"


def read_assignments(texts: Iterable[str]) -> dict[str, str]:
    """``name=value`` texts of the command line as a dictionary; a value may hold further equals signs.

    Raises:
        InputError: if a text holds no equals sign, or a name comes twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"{text!r} is not of the form name=value")
        if name in values:
            raise InputError(f"{name} is given twice")
        values[name] = value
    return values


def read_value_file(path: Path) -> dict[str, object]:
    """The mapping of names to values in a YAML file; scalars stay the texts that they are, as on the command line.

    Raises:
        InputError: if the file cannot be read or holds something else.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        values = yaml.load(text, yaml.BaseLoader)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not YAML: it is no text in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise InputError(f"{path} is not YAML: {error.problem}{line}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} must hold lines of the form `name: value`")
    names = [key.value for key, _ in yaml.compose(text, yaml.BaseLoader).value]
    if repeated := [name for name in values if names.count(name) > 1]:
        raise InputError(f"{path}: {repeated[0]} is given twice")
    return values


def split_list(text: str) -> list[str]:
    """The text split at the commas that stand in no bracket: ``[0,1],[2]`` gives two."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in OPENING) - (character in CLOSING)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts] if text.strip() else []
