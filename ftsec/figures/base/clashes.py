"""What is wrong with the texts of a figure: one covers another, or stands beyond the figure's edge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

TOLERANCE = 2.0  # pixels, 200 to the inch


def clashes(figure: Figure) -> list[str]:
    """A sentence for each text that covers another or leaves the figure, which must have been drawn."""
    boxes = texts(figure)
    touching = [f"{one!r} covers {other!r}" for one, other in _overlapping(boxes)]
    return touching + [f"{text!r} leaves the figure" for text in _outside(boxes, figure)]


def texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every drawn text of a figure with its box in pixels."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    beyond = set(map(id, _labels_beyond_the_axes(figure)))
    return [(text.get_text(), text.get_window_extent()) for text in found if id(text) not in beyond]


def _labels_beyond_the_axes(figure: Figure) -> Iterator[Text]:
    """Labels of ticks that lie outside the limits; Matplotlib keeps them and does not draw them."""
    for axis in chain.from_iterable((axes.xaxis, axes.yaxis) for axes in figure.axes):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


def _overlapping(boxes: list[tuple[str, Bbox]]) -> list[tuple[str, str]]:
    return [
        (one, other)
        for (one, box), (other, rival) in combinations(boxes, 2)
        if min(box.x1, rival.x1) - max(box.x0, rival.x0) > TOLERANCE
        and min(box.y1, rival.y1) - max(box.y0, rival.y0) > TOLERANCE
    ]


def _outside(boxes: list[tuple[str, Bbox]], figure: Figure) -> list[str]:
    width, height = figure.get_size_inches() * figure.dpi
    return [
        text
        for text, box in boxes
        if min(box.x0, box.y0) < -TOLERANCE or box.x1 > width + TOLERANCE or box.y1 > height + TOLERANCE
    ]
