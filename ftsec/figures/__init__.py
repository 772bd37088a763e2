"""How results are drawn: one function per figure, one style; each returns its alternative text with it."""

from ftsec.figures.drawing import Drawing, two_widths
from ftsec.figures.table import Table

__all__ = ["Drawing", "Table", "two_widths"]
