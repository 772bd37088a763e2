"""Sentences that say that something was not done or is not in print, and whether a record of searches backs them."""

from __future__ import annotations

import re

from ftsec.evidence.searches import searches

LIMITS = (
    "in our table",
    "of our table",
    "our table has no",
    "our table holds no",
)  # a sentence that says how far it goes
_DONE = "(?:measured|published|studied|compared|reported|tested|tried|checked|varied|counted|judged)"
_WORK = "(?:study|studies|paper|papers|publication|publications|comparison|comparisons|survey|literature)"
_ABSENCE = re.compile(
    rf"""\b(?:
    (?:no|not\ one|not\ a\ single)\ (?:\w+[ ]){{0,2}}(?:{_WORK}|published)\b
    | no\ (?:\w+[ ]){{0,2}}measurements?\ (?:of|exists?|is\ known)\b
    | no\ (?:\w+[ ]){{0,2}}(?:measurement|number|figure|run|work)s?\ (?:behind|on|was\ found|separates)\b
    | no\ \w+\ is\ published
    | (?:nobody|no\ one)\ (?:has\ |had\ |have\ |ever\ |yet\ )*{_DONE}
    | nowhere\ (?:been\ )?(?:{_DONE}|found)
    | unpublished | unstudied | unmeasured(?!\ run)
    | (?:not|never)\ (?:yet\ |been\ |ever\ )*(?:published\b|{_DONE}\ (?:by\ any|anywhere|in\ print|so\ far|yet))
    | (?:the|this\ is\ the)\ (?:only|first|one)\ (?:\w+[ ]){{0,2}}{_WORK}\b
    | only\ (?:one|two|three)\ (?:\w+[ ]){{0,2}}(?:{_WORK}|series)\b
    | (?:the|is)\ (?:only|first)\ (?:\w+[ ]){{0,2}}(?:measurement|series)\b
    | (?:found|know\ of|knew\ of|read)\ (?:no|none|nobody|nothing)\b
    | not\ seen\ in\ print | did\ not\ find
    | (?:was|were|is|are)\ not\ found\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_MARKUP = re.compile(r"```.*?```|\{cite(?::t)?\}`[^`]*`|\[([^]]*)\]\([^)]*\)", re.DOTALL)
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\s\|\s|\n\s*\n|\n\s*[-*] |\n#+ ")


def recorded_sentences() -> list[str]:
    """The sentences that a record names."""
    return [one for cell in searches()["sentences"] if cell for one in cell.split(" | ")]


def recorded_claims() -> set[str]:
    """The claims that rest on a record."""
    return {one for cell in searches()["claims"] if cell for one in cell.split("; ")}


def absence_sentences(text: str) -> list[str]:
    """The sentences of a text, Markdown or plain, that say that something was not done or does not exist in print."""
    text = _MARKUP.sub(lambda found: found[1] or "", text)
    sentences = (re.sub(r"\s+", " ", one.replace("*", "")).strip() for one in _END.split(text) if one)
    return [one for one in sentences if _ABSENCE.search(one)]


def without_record(text: str) -> list[str]:
    """The absence sentences that neither name their limit nor stand in a record."""
    recorded = recorded_sentences()
    found = [one for one in absence_sentences(text) if not any(limit in one.lower() for limit in LIMITS)]
    return [one for one in found if not any(sentence in one for sentence in recorded)]
