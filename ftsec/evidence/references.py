"""The bibliography of the book, which ships with the package: one file for the pages and for the program."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pandas as pd

from ftsec.base.errors import InputError

BIBLIOGRAPHY = Path(__file__).parent / "data" / "references.bib"


@lru_cache(maxsize=1)
def reference_keys() -> set[str]:
    """The citation keys of the bibliography."""
    return set(re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text(encoding="utf-8"), flags=re.MULTILINE))


@lru_cache(maxsize=1)
def _entries() -> dict:
    from pybtex.database import parse_file  # only who cites pays for the parser

    return dict(parse_file(str(BIBLIOGRAPHY)).entries)


@lru_cache(maxsize=256)
def cite(key: str) -> str:
    """Authors and year as a sentence would name them: ``"Qi et al. (2024)"``.

    Raises:
        InputError: if the key is not in the bibliography.
    """
    entry = _entry(key)
    names = [" ".join(person.prelast_names + person.last_names) for person in entry.persons["author"]]
    several = len(names) > 2 or "others" in names  # BibTeX's "and others" counts as an author
    people = f"{_plain(names[0])} et al." if several else " and ".join(map(_plain, names))
    return f"{people} ({entry.fields['year']})"


def address(key: str) -> str:
    """Where the work can be read, ``""`` if the bibliography gives no address."""
    return _entry(key).fields.get("url", "")


def title(key: str) -> str:
    """The title without the braces and commands of BibTeX."""
    return _plain(_entry(key).fields["title"])


def _entry(key: str):
    if key not in reference_keys():
        raise InputError(f"{key!r} is not a key of the bibliography")
    return _entries()[key]


def _plain(text: str) -> str:
    if not set(text) & set("{}\\"):
        return text  # the renderer is slow
    from pybtex.richtext import Text

    return Text.from_latex(text).render_as("text")


def sources() -> pd.DataFrame:
    """Every work of the bibliography: citation_key, source (as in a sentence), title, address."""
    rows = [(key, cite(key), title(key), address(key)) for key in sorted(reference_keys())]
    return pd.DataFrame(rows, columns=["citation_key", "source", "title", "address"])
