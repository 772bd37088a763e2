"""The bibliography of the book, which ships with the package: one file for the pages and for the program."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from ftsec.base.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

BIBLIOGRAPHY = Path(__file__).parent / "data" / "references.bib"
_ENTRY = re.compile(r"^@\w+\{([^,\s]+),(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"(\w+)\s*=\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
# a name up to its comma; what braces hold is one name, whatever stands in it
_FAMILY = re.compile(r"(?:^|\s+and\s+)((?:(?!\s+and\s)[^{},]|\{(?:[^{}]|\{[^{}]*\})*\})+)")
_ACCENT = re.compile(r"\\([`'\"^~]|[kcv](?=\{))\{?(\w)\}?")
_MARKS = dict(zip("`'\"^~kcv", "\u0300\u0301\u0308\u0302\u0303\u0328\u0327\u030c", strict=True))
_LETTERS = {r"\l": "ł", r"\o": "ø", r"\&": "&", "--": "–", "'": "’"}


@lru_cache(maxsize=1)
def reference_keys() -> set[str]:
    """The citation keys of the bibliography."""
    return set(re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text(encoding="utf-8"), flags=re.MULTILINE))


@lru_cache(maxsize=1)
def _entries() -> dict[str, dict[str, str]]:
    """The fields of every entry, as they stand in the file."""
    return {key: dict(_FIELD.findall(body)) for key, body in _ENTRY.findall(BIBLIOGRAPHY.read_text(encoding="utf-8"))}


@lru_cache(maxsize=256)
def cite(key: str) -> str:
    """Authors and year as a sentence would name them: ``"Qi et al. (2024)"``.

    Raises:
        InputError: if the key is not in the bibliography.
    """
    entry = _entry(key)
    names = _FAMILY.findall(entry["author"])
    several = len(names) > 2 or "others" in names  # BibTeX's "and others" counts as an author
    people = f"{_plain(names[0])} et al." if several else " and ".join(map(_plain, names))
    return f"{people} ({entry['year']})"


@lru_cache(maxsize=256)
def authors(key: str) -> tuple[str, ...]:
    """Its authors as the entry has them, family name and first initial: ``("Qi X", "Zeng Y")``.

    Without "and others", which names nobody. An organisation is one author.

    Raises:
        InputError: if the key is not in the bibliography.
    """
    people = (_plain(one).strip() for one in re.split(r"\s+and\s+(?![^{]*\})", _entry(key)["author"]))
    return tuple(_initialled(one) for one in people if one != "others")


def _initialled(person: str) -> str:
    family, _, given = person.partition(", ")
    return f"{family} {given[:1]}".strip()


def address(key: str) -> str:
    """Where the work can be read, ``""`` if the bibliography gives no address."""
    return _entry(key).get("url", "")


def fields(key: str) -> dict[str, str]:
    """The fields of the entry as they stand in the file, author and year among them."""
    return dict(_entry(key))


def title(key: str) -> str:
    """The title without the braces and commands of BibTeX."""
    return _plain(_entry(key)["title"])


def _entry(key: str) -> dict[str, str]:
    if key not in reference_keys():
        raise InputError(f"{key!r} is not a key of the bibliography")
    return _entries()[key]


def _plain(text: str) -> str:
    """A text without the braces and commands of BibTeX."""
    if not set(text) & set("{}\\"):
        return text
    text = _ACCENT.sub(lambda found: normalize("NFC", found[2] + _MARKS[found[1]]), text)
    for command, letter in _LETTERS.items():
        text = text.replace(command, letter)
    return text.replace("{", "").replace("}", "")


def sources() -> pd.DataFrame:
    """Every work of the bibliography: citation_key, source (as in a sentence), title, address."""
    import pandas as pd

    rows = [(key, cite(key), title(key), address(key)) for key in sorted(reference_keys())]
    return pd.DataFrame(rows, columns=["citation_key", "source", "title", "address"])
