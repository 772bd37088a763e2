"""Where the texts of a figure stand."""

from itertools import chain, combinations

from matplotlib.text import Text

from ftsec.figures import Drawing


def texts(drawing: Drawing) -> list[tuple[str, object]]:
    """Every drawn text of a figure with its box in pixels."""
    figure = drawing.figure
    figure.draw_without_rendering()
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    beyond = set(map(id, _labels_beyond_the_axes(figure)))
    return [(text.get_text(), text.get_window_extent()) for text in found if id(text) not in beyond]


def _labels_beyond_the_axes(figure):
    """Labels of ticks that lie outside the limits; Matplotlib keeps them and does not draw them."""
    for axis in chain.from_iterable((axes.xaxis, axes.yaxis) for axes in figure.axes):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


def overlapping(drawing: Drawing, tolerance: float = 1.0) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes overlap by more than `tolerance` pixels both ways."""
    return [
        (one, other)
        for (one, box), (other, rival) in combinations(texts(drawing), 2)
        if min(box.x1, rival.x1) - max(box.x0, rival.x0) > tolerance
        and min(box.y1, rival.y1) - max(box.y0, rival.y0) > tolerance
    ]


def outside(drawing: Drawing, tolerance: float = 1.0) -> list[str]:
    """Texts that stick out of the figure."""
    width, height = drawing.figure.get_size_inches() * drawing.figure.dpi
    return [
        text
        for text, box in texts(drawing)
        if min(box.x0, box.y0) < -tolerance or box.x1 > width + tolerance or box.y1 > height + tolerance
    ]
