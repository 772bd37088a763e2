"""What a figure function returns: the picture, the sentence that says what it shows, and the data behind it."""

from __future__ import annotations

import base64
import inspect
import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter
from PIL import Image

from ftsec.base.typeset import curly
from ftsec.base.words import signs
from ftsec.figures.base.clashes import clashes
from ftsec.figures.base.style import RC, for_phones, is_narrow

P = ParamSpec("P")
COMPRESSION = 7  # of 9, which takes five times as long and saves an eighth of the bytes
NARROW_TOO = "FTSEC_NARROW_FIGURES"  # set where pages are made; elsewhere nobody looks at figures on a phone


@dataclass(frozen=True)
class Drawing:
    """A figure with its alternative text.

    In a notebook it shows as a PNG; its plain text is the alternative text, so that the committed notebook
    says in words what the figure shows and a changed finding is a changed line.

    Attributes:
        figure: the Matplotlib figure.
        alt: one or two sentences that say what the figure shows, made from the data.
        data: the numbers that are drawn, one row a mark, for download; None if the figure draws no data.
        name: the figure's name in lower case, for example ``"dose_response"``.
        code: the file and line of the function that made the drawing; found by itself.
        narrow: draws the same once more, as wide as a phone; `two_widths` sets it.
    """

    figure: Figure
    alt: str
    name: str
    data: pd.DataFrame | None = field(default=None, repr=False)
    code: dict | None = field(default_factory=lambda: _drawn_by(), repr=False)
    narrow: Callable[[], Figure] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alt", signs(self.alt))
        if len(self.alt.split()) < 6:
            raise ValueError(f"{self.name}: the alternative text must say what the figure shows, got {self.alt!r}")
        _with_curly_quotes(self.figure)

    def png(self) -> bytes:
        """The figure as PNG bytes, without the software's name, so that equal figures are equal bytes."""
        return _png(self.figure)

    def png_for_phones(self) -> bytes | None:
        """The same as wide as a phone, if the figure can be drawn so."""
        return _png(self.narrow()) if self.narrow else None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        picture = base64.b64encode(self.png()).decode()
        alt = curly(self.alt)
        metadata = {"ftsec": {"alt": alt, "name": self.name}}
        if self.code is not None:
            metadata["ftsec"]["code"] = self.code
        if self.data is not None:
            metadata["ftsec"]["csv"] = self.data.to_csv(index=False)
        if self.narrow is not None and os.environ.get(NARROW_TOO):
            metadata["ftsec"] |= self._for_pages(self.narrow)
        return {"image/png": picture, "text/plain": f"Figure: {alt}"}, metadata

    def _for_pages(self, draw: Callable[[], Figure]) -> dict:
        """The narrow picture, and what is wrong with the texts of both; a layout that fails is no output of a cell."""
        with warnings.catch_warnings(record=True) as told:
            narrow = draw()
            picture = base64.b64encode(_png(narrow)).decode()
        phone = clashes(narrow) + [str(each.message) for each in told]
        return {"narrow": picture, "clashes": {"page": clashes(self.figure), "phone": phone}}


def two_widths(draw: Callable[P, Drawing]) -> Callable[P, Drawing]:
    """A figure function whose drawings can be drawn once more for a phone, with the same arguments."""

    @wraps(draw)
    def drawn(*args: P.args, **options: P.kwargs) -> Drawing:
        def narrow() -> Figure:
            with for_phones():
                return draw(*args, **options).figure

        drawing = draw(*args, **options)
        return drawing if is_narrow() else replace(drawing, narrow=narrow)

    return drawn


def _with_curly_quotes(figure: Figure) -> None:
    """Quotes in titles, labels and notes as in prose; formulas keep their primes."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(names := axis.get_major_formatter(), FixedFormatter):
                names.seq = [_curly_outside_formulas(name) for name in names.seq]
    for text in figure.findobj(Text):
        text.set_text(_curly_outside_formulas(text.get_text()))


def _curly_outside_formulas(text: str) -> str:
    return text if "$" in text else curly(text)


def _png(figure: Figure) -> bytes:
    canvas, small = FigureCanvasAgg(figure), io.BytesIO()
    with mpl.rc_context(RC):
        canvas.draw()  # not `savefig`, which lays the figure out twice and packs an image that is unpacked again below
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    # figures have few colours, and shades where lines are smoothed: a palette makes a third of the bytes
    few = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(small, "png", compress_level=COMPRESSION, dpi=(figure.dpi, figure.dpi))
    return small.getvalue()


def _drawn_by() -> dict | None:
    """The first caller that draws a figure of this room, as ``{"file": "ftsec/figures/runs/x.py", "line": 12}``."""
    room = Path(__file__).parents[1]
    frame = inspect.currentframe()
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(room) and file != Path(__file__):
            return {"file": f"ftsec/figures/{file.relative_to(room).as_posix()}", "line": frame.f_code.co_firstlineno}
        frame = frame.f_back
    return None
