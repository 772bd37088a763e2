"""A Sphinx extension that says, where chapters are built as they are committed, that they show no figures.

Notebooks are committed without pictures; `ftsec build` executes them and stages copies that have some.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

SAID = "The chapters are shown without their figures, which are not committed. `make book` draws them."


def setup(app: Sphinx) -> dict:
    """Speak when the build is finished."""
    app.connect("build-finished", tell)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def tell(app: Sphinx, error: Exception | None) -> None:
    """Say it; as no warning, since nothing is wrong."""
    if error is None and lacks_figures(Path(app.srcdir)):
        logging.getLogger(__name__).info("\n%s", SAID, color="yellow")


def lacks_figures(source: Path) -> bool:
    """Whether there are notebooks and none of them holds a picture."""
    notebooks = list((source / "notebooks").glob("*.ipynb"))
    return bool(notebooks) and not any(b'"image/png"' in path.read_bytes() for path in notebooks)
