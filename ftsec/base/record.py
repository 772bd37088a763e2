"""A chapter's headline number becomes data: it is shown as text and stored, typed, in the cell's output.

(The library that used to do this, scrapbook, is no longer maintained.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from numbers import Real

from ftsec.base.words import digits, in_words, places, tidy

MIME_TYPE = "application/vnd.ftsec.record+json"

SIGNIFICANT = 12  # digits of a stored number

Value = bool | int | float | str | None


def record(
    name: str,
    value: Value,
    unit: str | None = None,
    interval: Sequence[float] | None = None,
    label: str | None = None,
) -> None:
    """Show ``name = value [low, high] unit`` and store it in the cell's output under `MIME_TYPE`.

    Args:
        name: what the number is, in the book's terms, for example ``"half_dose"``.
        value: a number, a truth value, a text or None; NumPy scalars are converted.
        unit: for example ``"examples"``, ``"%"`` or ``"bits"``.
        interval: lower and upper bound, in the same unit.
        label: what the number is, as the page says it, where the name in words does not say enough.

    Raises:
        ValueError: if the name is empty, the value is of another type, or the interval is not two ordered numbers.
    """
    from IPython.display import display

    result = as_result(name, value, unit, interval, label)
    display({MIME_TYPE: result, "text/plain": as_text(result)}, raw=True)


def as_result(
    name: str, value: object, unit: str | None, interval: Sequence[float] | None, label: str | None = None
) -> dict:
    """The stored form: a JSON object with ``name``, ``value``, ``unit``, ``interval`` and, if given, ``label``."""
    if not name or not isinstance(name, str):
        raise ValueError(f"a recorded result needs a name, got {name!r}")
    result = {
        "name": name,
        "value": _plain(name, value),
        "unit": unit,
        "interval": None if interval is None else _ordered(name, interval),
    }
    return result | ({"label": label} if label else {})


def as_text(result: dict) -> str:
    """One line for people: ``half_dose = 3.1 [2.0, 4.4] examples``, or that there is no value."""
    if result["value"] is None:
        return f"{result['name']}: " + _without_value(result["interval"], result["unit"])
    text = f"{result['name']} = {_digits(result['value'])}"
    if result["interval"] is not None:
        low, high = map(_digits, result["interval"])
        text += f" [{low}, {high}]"
    return text + (f" {result['unit']}" if result["unit"] else "")


def _without_value(interval: Sequence[float] | None, unit: str | None) -> str:
    if interval is None:
        return "no value"
    low, high = map(_digits, interval)
    return f"between {low} and {high} {unit or ''}".rstrip() + ", not known more closely"


def as_html(result: dict) -> str:
    """The same line for the page: the name in words, few digits; the unit begins where the number ends."""
    value = f'<span class="ftsec-value">{escape(value_in_words(result))}</span>'
    return f'<p class="ftsec-recorded"><b>{escape(label(result))}</b> {value}</p>'


def value_in_words(result: dict) -> str:
    """A recorded value with its interval and unit, in few digits."""
    if result["value"] is None:
        return tidy(_without_value(result["interval"], result["unit"]))
    return tidy("\u00a0".join(filter(None, (_value_and_interval(result), _unit(result)))))


def label(result: dict) -> str:
    """What a recorded number is, as the beginning of a line."""
    words = result.get("label") or in_words(result["name"]).replace("testbed ", "testbed: ", 1)
    return words[:1].upper() + words[1:]


def _value_and_interval(result: dict) -> str:
    value, interval = result["value"], result["interval"]
    if not isinstance(value, Real) or isinstance(value, bool):
        return str(value)
    if not interval:
        return f"{value:,}" if isinstance(value, int) else digits(value)
    shared = places((value, *interval))
    return "{} [{}, {}]".format(*(digits(number, shared) for number in (value, *interval)))


def _unit(result: dict) -> str | None:
    return re.sub(r"^x\b", "×", result["unit"]) if result["unit"] else None


def _plain(name: str, value: object) -> Value:
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Real):
        # JSON knows no NaN and no infinity
        return _rounded(value) if math.isfinite(value) else None
    raise ValueError(f"{name}: a result is a number, a truth value, a text or None, not {type(value).__name__}")


def _rounded(value: float) -> float:
    """The number without its last digits, in which processors differ."""
    return float(f"{float(value):.{SIGNIFICANT}g}")


def _ordered(name: str, interval: Sequence[float]) -> list[float]:
    bounds = [_rounded(bound) for bound in interval]
    if len(bounds) != 2 or not bounds[0] <= bounds[1]:
        raise ValueError(f"{name}: an interval is a lower and an upper bound, not {interval!r}")
    return bounds


def _digits(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"  # 14624 instead of 1.462e+04
