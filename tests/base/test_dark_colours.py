"""On a dark page figures keep their colours' hue and contrast."""

from __future__ import annotations

import colorsys
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ftsec.base.dark_colours import PAGE, WHITE, contrast, dark_colour, dark_picture
from ftsec.figures.base.style import COLOURS

BANDS = 0.05  # relative error that the look-up table may make


def hue(colour: str) -> float:
    return colorsys.rgb_to_hsv(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0]


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_of_the_book_is_seen_in_both_modes(colour: str):
    light, dark = contrast(colour, WHITE), contrast(dark_colour(colour), PAGE)
    assert min(light, dark) >= 3
    assert dark == pytest.approx(light, rel=0.02)
    assert abs(hue(dark_colour(colour)) - hue(colour)) < 0.04 or colour == COLOURS[-1]  # the last is grey


def test_colours_stay_apart():
    dark = [dark_colour(colour) for colour in COLOURS]
    assert len(set(dark)) == len(COLOURS)


def test_contrast_is_that_of_the_guidelines():
    assert contrast(WHITE, "#000000") == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)  # the textbook case just below 4.5


def test_paper_becomes_the_page_and_ink_is_legible():
    assert dark_colour(WHITE) == PAGE
    assert contrast(dark_colour("#000000"), PAGE) > 12


@given(st.integers(0, 254), st.integers(1, 255))
def test_darker_ink_on_paper_is_lighter_ink_on_the_page(one: int, more: int):
    low, high = (f"#{3 * f'{grey:02x}'}" for grey in (one, min(255, one + more)))
    assert contrast(dark_colour(low), PAGE) >= contrast(dark_colour(high), PAGE)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_picture_holds_the_same_colours(colour: str):
    picture = Image.new("RGB", (20, 10), WHITE)
    picture.paste(colour, (0, 0, 10, 10))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    dark = Image.open(io.BytesIO(dark_picture(buffer.getvalue()))).convert("RGB")
    seen, page = ("#{:02x}{:02x}{:02x}".format(*dark.getpixel((x, 5))) for x in (5, 15))
    assert contrast(page, PAGE) < 1.02
    assert contrast(seen, PAGE) == pytest.approx(contrast(colour, WHITE), rel=BANDS)
