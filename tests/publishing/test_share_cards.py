"""The picture of a page that is shared: its words fit, equal words are equal bytes, and a card drawn once is kept."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ftsec.base.project import find_project
from ftsec.publishing.sphinx import share_cards
from ftsec.publishing.sphinx.share_cards import Card, draw

PLAIN = Card(
    "Chapter 06", "Safety gates", (("2 partly", "partly"), ("3 contradicted", "contradicted")), "The book", None
)
ROOT = find_project(Path(__file__)).root


@pytest.fixture
def figure(tmp_path: Path) -> Path:
    Image.new("RGB", (760, 1400), "#00785a").save(tmp_path / "figure.png")
    return tmp_path / "figure.png"


def shown(card: Card) -> Image.Image:
    return Image.open(io.BytesIO(draw(card, ROOT))).convert("RGB")


def test_equal_cards_are_equal_bytes_and_another_word_is_another_card(figure: Path):
    card = replace(PLAIN, figure=figure)
    assert draw(card, ROOT) == draw(card, ROOT)
    assert card.key() != replace(card, title="Safety gate").key() != replace(PLAIN, title="Safety gate").key()


def test_verdicts_have_the_colours_of_the_style_sheet():
    sheet = (ROOT / "book" / "_static" / "ftsec.css").read_text(encoding="utf-8")
    light = sheet.partition("}")[0]
    names = {"not-found": "open"}
    assert all(f"--ftsec-{names.get(name, name)}: {colour};" in light for name, colour in share_cards.VERDICTS.items())
    found = {colour for _, colour in shown(PLAIN).getcolors(1 << 20)}
    assert {(0xC0, 0x39, 0x2B), (0x8A, 0x6D, 0x00)} <= found


@pytest.mark.parametrize(
    "title", ["A", "The testbed: preferences, rewards and what a policy costs to install and to keep"]
)
def test_words_stay_left_of_the_figure_and_on_the_card(title: str, figure: Path):
    card = replace(PLAIN, title=title)
    with_figure = shown(replace(card, figure=figure))
    beside = with_figure.crop((share_cards.EDGE + share_cards.COLUMN, 0, 600, 630))
    assert beside.getcolors() == [(beside.width * beside.height, (255, 255, 255))]
    font, lines = share_cards._fitting(title, share_cards.COLUMN, ROOT)
    assert len(lines) <= 4 and max(map(font.getlength, lines)) <= share_cards.COLUMN


def test_a_card_is_drawn_once_and_then_taken_from_where_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = tmp_path / "source"
    source.mkdir()
    first = share_cards._drawn(PLAIN, source)
    monkeypatch.setattr(share_cards, "draw", lambda *_: b"drawn again")
    assert share_cards._drawn(PLAIN, source) == first
    assert share_cards._drawn(replace(PLAIN, title="Another"), source) == b"drawn again"
