"""The one exception that means: the user gave us something we cannot use; and what may have been meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """A user's mistake, told in one sentence: what was wrong and what is allowed.

    The command line prints the sentence and exits with 2; in Python it is an ordinary ``ValueError``.
    """


def cannot_list(bad: OSError) -> None:
    """What `os.walk` is to do with a folder that it cannot read: refuse, rather than leave it out."""
    raise InputError(f"{bad.filename}: cannot be listed ({bad.strerror})")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean lora?"`` for a word that is nearly a known one, whatever its capitals; else an empty text."""
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f"; did you mean {folded[near[0]]}?" if near else ""
