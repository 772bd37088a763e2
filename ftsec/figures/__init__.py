"""How results are drawn: one function per figure, one style; each returns its alternative text with it."""

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.table import Table

__all__ = ["Drawing", "Table", "two_widths"]
