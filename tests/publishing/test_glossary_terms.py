"""First uses of glossary terms."""

import pytest

from ftsec.publishing.sphinx.glossary_terms import EVERYDAY, pattern, split

TERMS = ["LoRA", "over-refusal", "refusal rate", "preference pair", "preference pairs", "judge"]


def links(text: str, seen: set | None = None) -> list[tuple[str, str]]:
    parts = split(text, pattern(TERMS), set() if seen is None else seen)
    return [part for part in parts if isinstance(part, tuple)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LoRA and again LoRA.", [("LoRA", "LoRA")]),
        ("two refusal rates", [("refusal rates", "refusal rate")]),
        ("preference pairs come first", [("preference pairs", "preference pairs")]),
        ("QLoRA, lora and non-LoRA are other words", []),
        ("people judge an over-refusal", [("over-refusal", "over-refusal")]),
    ],
)
def test_a_term_is_linked_once_as_a_whole_word(text, found):
    assert links(text) == found


def test_nothing_is_lost_and_later_paragraphs_know():
    seen, text = set(), "With LoRA, the refusal rate fell; LoRA again."
    parts = split(text, pattern(TERMS), seen)
    assert "".join(part if isinstance(part, str) else part[0] for part in parts) == text
    assert seen == {"LoRA", "refusal rate"} and links(text, seen) == []


def test_everyday_words_are_left_alone():
    assert "judge" in EVERYDAY and links("to judge") == []
