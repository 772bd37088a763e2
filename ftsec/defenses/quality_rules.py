"""The quality rules of C4 and of Gopher as the papers state them, and a user's own list of terms.

C4: Raffel et al. 2020, section 2.2 (`raffel2020exploring`); it also takes single lines out of the documents that stay,
which nothing here does. Gopher: Rae et al. 2021, appendix A.1.1 (`rae2021scaling`); its rules on repetition are in
`repetition`. No list of offensive words is shipped, so C4's word rule is left to the user's own terms.

Texts are gone through piece by piece where they may be long, so that no list of all their words is made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from ftsec.defenses.repetition import repetition_problem

C4_LINE_ENDS = (".", "!", "?", '"', "”")
C4_MIN_WORDS_IN_LINE = 5
C4_MIN_SENTENCES = 3
C4_POLICY_PHRASES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
GOPHER_WORDS = (50, 100_000)
GOPHER_WORD_LENGTH = (3, 10)
GOPHER_MAX_SYMBOLS = 0.1  # "#" or "..." per word
GOPHER_MAX_BULLETS, GOPHER_MAX_ELLIPSES = 0.9, 0.3  # shares of lines
GOPHER_MIN_ALPHABETIC = 0.8  # share of words with a letter
GOPHER_STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}
GOPHER_MIN_STOP_WORDS = 2
BULLETS = ("•", "-", "*", "‣")

# format characters and variation selectors, which no reader sees
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
BETWEEN = rf"(?:[\W_]|{UNSEEN.pattern})+"  # words of one term
SENTENCE_END = re.compile(r"[.!?][\"'”)]*(?:\s|$)")
NOT_BLANK = re.compile(r"\S+")
LINE = re.compile(r"[^\r\n]+")
PLACEHOLDER = re.compile("lorem ipsum", re.I)


def c4_problem(text: str) -> str:
    """Why C4 would drop the document, empty if it would not."""
    if PLACEHOLDER.search(text):
        return "c4: placeholder text"
    if "{" in text:
        return "c4: curly bracket"
    ends = (end for line in _c4_lines(text) for end in SENTENCE_END.finditer(line))
    enough = len(list(islice(ends, C4_MIN_SENTENCES))) == C4_MIN_SENTENCES
    return "" if enough else f"c4: fewer than {C4_MIN_SENTENCES} sentences"


def gopher_problem(text: str) -> str:
    """Why Gopher's quality and repetition rules would drop the document, empty if they would not."""
    fewest, most = GOPHER_WORDS
    words = [found[0] for found in islice(NOT_BLANK.finditer(text), most + 1)]
    if len(words) < fewest:
        return f"gopher: fewer than {fewest} words"
    if len(words) > most:
        return f"gopher: more than {most:,} words"
    return _quality_problem(text, words) or repetition_problem(text, words)


class Terms:
    """Finds terms (a word or several) as whole words, in any case and whatever stands between them.

    Letters of another width or form count as the plain ones (Unicode's NFKC), and characters that nobody sees, such
    as a soft hyphen or a space of no width, hide nothing.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        spelled = sorted(filter(None, map(_spelled, terms)), key=len, reverse=True)
        self._pattern = re.compile("|".join(spelled) if spelled else r"(?!)", re.I)

    def found_in(self, text: str) -> str:
        """The first term as it stands in the text, in small letters; empty if there is none."""
        found = self._pattern.search(text if text.isascii() else unicodedata.normalize("NFKC", text))
        return UNSEEN.sub("", found[0]).lower() if found else ""


def _spelled(term: str) -> str:
    """A term as a pattern: ``C++`` is not in ``C``, ``grey stone`` is in ``Grey-Stone`` and not in ``greystones``."""
    words = UNSEEN.sub("", unicodedata.normalize("NFKC", term)).split()
    if not words:
        return ""
    before, after = (r"\b" if part.isalnum() else "" for part in (words[0][0], words[-1][-1]))
    return before + BETWEEN.join(f"{UNSEEN.pattern}*".join(map(re.escape, word)) for word in words) + after


def _quality_problem(text: str, words: list[str]) -> str:
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("mean word length", lambda: not _between(sum(map(len, words)) / len(words), GOPHER_WORD_LENGTH)),
        ("symbols", lambda: _symbols(text) > GOPHER_MAX_SYMBOLS * len(words)),
        ("bullet lines", lambda: _share_of_lines(text, _is_bullet) > GOPHER_MAX_BULLETS),
        ("ellipsis lines", lambda: _share_of_lines(text, _is_cut) > GOPHER_MAX_ELLIPSES),
        ("words without letters", lambda: _alphabetic(words) < GOPHER_MIN_ALPHABETIC),
        ("stop words", lambda: len(GOPHER_STOP_WORDS & {word.lower() for word in words}) < GOPHER_MIN_STOP_WORDS),
    )
    return next((f"gopher: {name}" for name, fails in checks if fails()), "")


def _c4_lines(text: str) -> Iterator[str]:
    lines = (found[0].strip() for found in LINE.finditer(text))
    return (line for line in lines if _keeps_line(line))


def _keeps_line(line: str) -> bool:
    lowered = line.lower()
    return (
        line.endswith(C4_LINE_ENDS)
        and len(list(islice(NOT_BLANK.finditer(line), C4_MIN_WORDS_IN_LINE))) == C4_MIN_WORDS_IN_LINE
        and "javascript" not in lowered
        and not any(phrase in lowered for phrase in C4_POLICY_PHRASES)
    )


def _between(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _symbols(text: str) -> int:
    return max(text.count("#"), text.count("...") + text.count("…"))


def _share_of_lines(text: str, has: Callable[[str], bool]) -> float:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return sum(map(has, lines)) / len(lines)


def _is_bullet(line: str) -> bool:
    return line.startswith(BULLETS)


def _is_cut(line: str) -> bool:
    return line.endswith(("...", "…"))


def _alphabetic(words: list[str]) -> float:
    return sum(any(c.isalpha() for c in word) for word in words) / len(words)
