"""The few inputs that the printed formulas are not asked to answer."""

from __future__ import annotations

import math

Number = int | float


def require_quantity(name: str, value: Number) -> None:
    """Raise ValueError unless `value` is finite and at least zero; whole numbers of any size are finite."""
    if value != value or value in (math.inf, -math.inf):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}")


def require_quantities(**values: Number) -> None:
    """`require_quantity` for every named value, in the given order."""
    for name, value in values.items():
        require_quantity(name, value)


def require_epochs(num_epochs: Number) -> None:
    """Raise ValueError unless `num_epochs` is a finite number of at least one."""
    require_quantity("num_epochs", num_epochs)
    if num_epochs < 1:
        raise ValueError(f"num_epochs must be at least 1, got {num_epochs!r}")
