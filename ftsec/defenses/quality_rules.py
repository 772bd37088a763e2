"""The quality rules of C4 and of Gopher, one function each, as the papers state them.

C4: Raffel et al. 2020, section 2.2 (`raffel2020exploring`). Gopher: Rae et al. 2021, appendix A.1.1 (`rae2021scaling`).
No list of offensive words is shipped, so C4's word rule is left to a list of the user's own (`contains_term`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

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
GOPHER_MAX_REPEATED_LINES = 0.3  # Table A1
GOPHER_MAX_TOP_NGRAM = {2: 0.20, 3: 0.18, 4: 0.16}  # characters in the most frequent n-gram, Table A1
BULLETS = ("•", "-", "*", "‣")

SENTENCE_END = re.compile(r"[.!?][\"'”)]*(?:\s|$)")
WORD = re.compile(r"\w+")


def c4_clean(text: str) -> str:
    """The lines that C4 keeps: five words or more, a closing punctuation mark, no JavaScript, no policy phrase."""
    return "\n".join(line for line in text.splitlines() if _keeps_line(line.strip()))


def c4_problem(text: str) -> str:
    """Why C4 would drop the document, empty if it would not."""
    lowered = text.lower()
    if "lorem ipsum" in lowered:
        return "c4: placeholder text"
    if "{" in text:
        return "c4: curly bracket"
    return "c4: fewer than 3 sentences" if len(SENTENCE_END.findall(c4_clean(text))) < C4_MIN_SENTENCES else ""


def gopher_problem(text: str) -> str:
    """Why Gopher's quality and repetition rules would drop the document, empty if they would not."""
    words = text.split()
    if not GOPHER_WORDS[0] <= len(words) <= GOPHER_WORDS[1]:
        return f"gopher: {len(words)} words"
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("mean word length", lambda: not _between(sum(map(len, words)) / len(words), GOPHER_WORD_LENGTH)),
        ("symbols", lambda: _symbols(text) > GOPHER_MAX_SYMBOLS * len(words)),
        ("bullet lines", lambda: _share_of_lines(text, _is_bullet) > GOPHER_MAX_BULLETS),
        ("ellipsis lines", lambda: _share_of_lines(text, _is_cut) > GOPHER_MAX_ELLIPSES),
        ("words without letters", lambda: _alphabetic(words) < GOPHER_MIN_ALPHABETIC),
        ("stop words", lambda: len(GOPHER_STOP_WORDS & set(text.lower().split())) < GOPHER_MIN_STOP_WORDS),
        ("repeated lines", lambda: _repeated_lines(text) > GOPHER_MAX_REPEATED_LINES),
        ("a repeated phrase", lambda: any(_top_ngram(words, n) > most for n, most in GOPHER_MAX_TOP_NGRAM.items())),
    )
    return next((f"gopher: {name}" for name, fails in checks if fails()), "")


def contains_term(text: str, terms: Iterable[str]) -> bool:
    """Whether one of the terms (a word or several) stands in the text as whole words, in any case."""
    words = f" {' '.join(WORD.findall(text.lower()))} "
    return any(f" {' '.join(WORD.findall(term.lower()))} " in words for term in terms if WORD.search(term))


def _keeps_line(line: str) -> bool:
    lowered = line.lower()
    return (
        line.endswith(C4_LINE_ENDS)
        and len(line.split()) >= C4_MIN_WORDS_IN_LINE
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


def _repeated_lines(text: str) -> float:
    lines = [line for line in text.splitlines() if line.strip()]
    return 1 - len(set(lines)) / len(lines)


def _top_ngram(words: list[str], n: int) -> float:
    grams = Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
    gram, count = grams.most_common(1)[0]
    return count * sum(map(len, gram)) / sum(map(len, words)) if count > 1 else 0.0
