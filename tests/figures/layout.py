"""Where the texts of a figure stand, on a page and on a phone."""

from matplotlib.figure import Figure

from ftsec.figures import Drawing
from ftsec.figures.base.clashes import clashes


def versions(drawing: Drawing) -> list[Figure]:
    """The figure as it is on a page, and as it is on a phone."""
    assert drawing.narrow is not None, f"{drawing.name} has no narrow version"
    return [drawing.figure, drawing.narrow()]


def all_clashes(drawing: Drawing) -> list[str]:
    """What is wrong with the texts of either version."""
    found = []
    for figure in versions(drawing):
        figure.draw_without_rendering()
        found += clashes(figure)
    return found
