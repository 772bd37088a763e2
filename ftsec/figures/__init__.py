"""How results are drawn: one function per figure, one style; each returns its alternative text with it."""

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.frame_tables import as_published, frame_table, joined, records_table
from ftsec.figures.base.intervals import with_wilson
from ftsec.figures.base.table import Table
from ftsec.figures.literature.answer import answer_box
from ftsec.figures.literature.claims import claims_table, ledger_link, testbed_table
from ftsec.figures.literature.printed import printed_code

__all__ = [
    "Drawing",
    "Table",
    "answer_box",
    "as_published",
    "claims_table",
    "frame_table",
    "joined",
    "ledger_link",
    "printed_code",
    "records_table",
    "testbed_table",
    "two_widths",
    "with_wilson",
]
