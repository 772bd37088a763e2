"""The book's Markdown as words for a slide: citations spelled out, links and directives gone, solutions left out."""

from __future__ import annotations

import re
from collections.abc import Callable

from ftsec.publishing.run_report import plain_markdown
from ftsec.teaching.editions import with_names

SOLUTION = re.compile(r"^:::\{dropdown\}.*?^:::[ \t]*$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```[ \t]*$", re.MULTILINE | re.DOTALL)
ABOUT_CODE = re.compile(  # a few words or a sentence with a colon, the code after it, what the next sentence says of it
    r"(?:(?<=[.!?]\s)[^.\n]{0,20}:|(?P<last>:))\s*^```.*?^```\s*[^.]*?[.]", re.MULTILINE | re.DOTALL
)
NUMBERED = re.compile(r"^\*\*(\d+)\.\*\* ", re.MULTILINE)
FENCE = re.compile(r"^:::.*$|^% .*$", re.MULTILINE)
ROLE = re.compile(r"\{[\w:-]+\}`(?P<text>[^`<]+?)\s*(?:<[^`]*>)?`")
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\([^)\s]+\)")
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
LIST = re.compile(r"^(?:[-*]|\d+\.) ", re.MULTILINE)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*`\"])")


def plain(source: str, cite: Callable[[str], str]) -> str:
    """Markdown without anything that only the book can show; formulas are MathML. `cite`: see `with_names`."""
    source = ABOUT_CODE.sub(lambda match: "." if match["last"] else "", SOLUTION.sub("", source))
    source = FENCE.sub("", FENCED.sub("", source))
    source = ROLE.sub(r"\g<text>", with_names(source, cite))
    return plain_markdown(LINK.sub(r"\g<text>", source)).strip()


def without_heading(text: str) -> str:
    return HEADING.sub("", text).strip()


def formulas(source: str) -> str:
    """The displayed formulas of a Markdown text, with the sentence that leads to them and the two that follow."""
    before, *between, after = re.split(r"(\$\$.+?\$\$)", source, flags=re.DOTALL)
    shown = [part for part in between if part.strip()]
    return "\n\n".join([SENTENCE.split(before)[-1], *shown, " ".join(SENTENCE.split(after.strip())[:2])])


def as_points(text: str, chosen: tuple[int, ...] | None = None) -> str:
    """The text as a list, a sentence a point; a text that holds a list keeps just that list.

    Args:
        chosen: of a text without a list only these sentences, counted from 1.
    """
    text = NUMBERED.sub(r"\1. ", text)
    first = LIST.search(text)
    if first:
        return re.sub(r"\n(?:\s*\n)+(?=\S)", "\n", text[first.start() :])
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    sentences = [sentence for part in paragraphs for sentence in SENTENCE.split(part)]
    kept = sentences if chosen is None else [sentences[number - 1] for number in chosen]
    return "\n".join(f"- {sentence}" for sentence in kept)


def pages(points: str, full: int) -> list[str]:
    """A list cut between its points into pieces of at most `full` characters, if its points allow."""
    result: list[str] = []
    for point in re.split(r"\n(?=[-*] |\d+\. )", points):
        if result and len(result[-1]) + len(point) < full:
            result[-1] += f"\n{point}"
        else:
            result.append(point)
    return result
