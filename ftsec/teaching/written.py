"""Numbers as people write them: ``40``, or a text such as ``40 %``."""

from __future__ import annotations

import math
import re
from numbers import Real

WRITTEN = re.compile(r"\s*([-+]?\d+(?:[.,]\d+)?)\s*%?\s*")


def number(value: object) -> float | None:
    """The number that was meant; None if there is none. A sign for per cent changes nothing."""
    written = WRITTEN.fullmatch(value) if isinstance(value, str) else None
    value = float(written[1].replace(",", ".")) if written else value
    usable = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable else None
