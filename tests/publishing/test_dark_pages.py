"""Figures are drawn once, on white; on a dark page a rule of the style sheet turns their colours."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

import pytest

from ftsec.base.project import find_project
from ftsec.figures.base.style import COLOURS, RC
from ftsec.figures.literature.verdicts import VERDICT_COLOURS

SHEET = (find_project(Path(__file__)).root / "book" / "_static" / "ftsec.css").read_text(encoding="utf-8")
RULE = re.search(r"\{\s*filter: invert\((?P<share>[\d.]+)\) hue-rotate\(180deg\);\s*\}", SHEET)
WHITE, PAGE = "#ffffff", "#121212"  # the theme's paper, light and dark
HALF_TURN = ((-0.574, 1.43, 0.144), (0.426, 0.43, 0.144), (0.426, 1.43, -0.856))  # hue-rotate(180deg), Filter Effects 1


def channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels(colour)]
        return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def on_dark(colour: str) -> str:
    """What the style sheet's rule makes of a colour."""
    share = float(RULE["share"])
    inverted = [v * (1 - share) + (1 - v) * share for v in channels(colour)]
    turned = (sum(weight * v for weight, v in zip(row, inverted, strict=True)) for row in HALF_TURN)
    return "#" + "".join(f"{round(255 * min(max(v, 0), 1)):02x}" for v in turned)


def hue(colour: str) -> float:
    return colorsys.rgb_to_hsv(*channels(colour))[0]


def test_white_paper_becomes_the_dark_page_itself():
    assert on_dark(WHITE) == PAGE


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_of_the_figures_can_be_read_in_both_modes(colour: str):
    assert contrast(colour, WHITE) >= 4.5 or colour == "#2E86C1"  # of lines only
    assert contrast(colour, WHITE) >= 3
    assert contrast(on_dark(colour), PAGE) >= 4.5
    turned = abs(hue(on_dark(colour)) - hue(colour))
    assert min(turned, 1 - turned) < 0.06 or colour == COLOURS[-1]  # the last is grey


def test_the_colours_stay_apart_in_the_dark():
    dark = [on_dark(colour) for colour in COLOURS]
    far = [sum(abs(a - b) for a, b in zip(channels(x), channels(y), strict=True)) for x in dark for y in dark if x < y]
    assert min(far) > 0.15


def test_axes_are_seen_and_grids_stay_behind_them():
    edge, grid = (contrast(on_dark(RC[name]), PAGE) for name in ("axes.edgecolor", "grid.color"))
    assert edge >= 3 and 1.1 < grid < 2


@pytest.mark.parametrize("verdict", VERDICT_COLOURS)
def test_verdicts_have_the_colours_of_the_figures_in_both_modes(verdict: str):
    name = re.search(rf"\.verdict-{verdict.replace(' ', '-')} {{ color: var\((--[\w-]+)\)", SHEET)[1]
    light, dark = re.findall(rf"{name}: (#\w{{6}})", SHEET)
    screens = SHEET.index("@media screen {")  # a dark page prints as a light one does
    assert screens < SHEET.index(f"{name}: {dark}") < SHEET.index("\n}", screens)
    assert light.lower() == VERDICT_COLOURS[verdict].lower()
    assert dark == on_dark(light)
    assert min(contrast(light, WHITE), contrast(dark, PAGE)) >= 4.5
