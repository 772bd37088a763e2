"""What was measured: a value with the counts, single outcomes and gaps that the file knows."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ftsec.base.errors import InputError

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 60
KEYS = {"value", "k", "n", "of", "outcomes"}


@dataclass(frozen=True)
class Measurement:
    """One measurement.

    Attributes:
        value: None if it was not measured.
        k: successes, if the value is a share of prompts that were answered right or wrong.
        n: prompts. With `n` and no `k` the value is a mean of `n` numbers from 0 to 1 (partial credit, repeats).
        outcomes: prompt -> what it scored, 0 to 1; needed for the comparison with a base model prompt by prompt.
        part: in words, why this may be a part of the evaluation (``60 of 5,000 prompts``); empty if it is whole.
        asked: how many prompts the file says were asked, whether or not it knows what each scored.
        higher_is_better: what the file says, None if it does not.
        file, read_as: where it comes from, and what the file was taken for.
        notes: what a reader of the verdict should know.
    """

    value: float | None
    k: int | None = None
    n: int | None = None
    outcomes: Mapping[str, float] | None = field(default=None, repr=False)
    part: str = ""
    asked: int | None = None
    higher_is_better: bool | None = None
    file: str = ""
    read_as: str = ""
    notes: tuple[str, ...] = ()

    def noting(self, *notes: str) -> Measurement:
        return replace(self, notes=(*self.notes, *notes))


def from_outcomes(outcomes: Mapping[str, float], **more: object) -> Measurement:
    """The measurement that single outcomes make: *k of n* if all are 0 or 1, else a mean of n."""
    outcomes = {prompt: float(outcome) for prompt, outcome in outcomes.items()}
    value = math.fsum(outcomes.values()) / len(outcomes)
    exact = all(outcome in (0, 1) for outcome in outcomes.values())
    k = round(sum(outcomes.values())) if exact else None
    return Measurement(value, k, len(outcomes), outcomes, **more)


def from_statistics(value: float, n: object, stderr: object, exact: bool = False, **more: object) -> Measurement:
    """A share with the counts that its standard error proves, or a bare value.

    Args:
        n: prompts, if the file says so.
        stderr: the standard error that the file gives (anything but a number: none is given).
        exact: the metric is known to be a mean of zeros and ones.
    """
    bare = Measurement(value, asked=n if type(n) is int else None, **more)
    if type(n) is not int or not 1 <= n <= 2**53 or not 0 <= value <= 1:
        return bare
    k = round(value * n)
    if not math.isclose(k, value * n, abs_tol=1e-6):
        return bare
    if n > 1 and is_number(stderr):
        expected = math.sqrt(value * (1 - value) / (n - 1))
        proven = math.isclose(stderr, expected, rel_tol=1e-6, abs_tol=1e-12)
    else:
        proven = exact or n == 1
    return replace(bare, k=k, n=n) if proven else bare


def parse_measurements(data: Mapping[str, object], where: str) -> dict[str, Measurement]:
    """Measurements of the plain form.

    ``name: number``, ``{"k": 2, "n": 100}`` (with ``"of": 500`` if that is a part), ``{"outcomes": {"id": 0 to 1}}``.
    """
    found = {name: _measurement(value, f"{where}: {name}") for name, value in data.items()}
    return {name: replace(one, file=where, read_as="plain measurements") for name, one in found.items()}


def number(value: object, where: str) -> float:
    """A number of a file as a float.

    Raises:
        InputError: if it is something else, or too large for one.
    """
    if not is_number(value):
        raise InputError(f"{where}: must be a number, got {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise InputError(f"{where}: the number is too large") from None


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: object) -> str:
    """A value of a file in an error: short however large it is, and without what a terminal would obey."""
    return SHORT.repr(value)


def part_of(done: int, total: int, what: str = "prompts") -> str:
    """``60 of 5,000 prompts``, or nothing if all were done."""
    return f"{done:,} of {total:,} {what}" if done != total else ""


def summed(parts: Sequence[Measurement], value: float, **more: object) -> Measurement:
    """The measurement of a group: the counts of its parts added up, bare if one of them has none."""
    k, n = [part.k for part in parts], [part.n for part in parts]
    short = next((part.part for part in parts if part.part), "")
    if not parts or None in k or None in n:
        return Measurement(value, part=short, **more)
    pooled = Measurement(value, sum(k), sum(n), part=short, **more)
    pooled = pooled.noting(f"counts summed over {len(parts)} tasks")
    same = math.isclose(value, pooled.k / pooled.n, abs_tol=1e-9)
    return pooled if same else pooled.noting(f"the file's own value {value:.4g} weighs the tasks in another way")


def _measurement(value: object, where: str) -> Measurement:
    if value is None:
        return Measurement(None)
    if not isinstance(value, dict):
        return Measurement(number(value, where))
    if unknown := sorted(set(value) - KEYS):
        raise InputError(f"{where}: unknown key {shown(unknown[0])}; allowed are {', '.join(sorted(KEYS))}")
    if "outcomes" in value:
        return _outcomes(value, where)
    if "k" in value or "n" in value:
        return _counts(value, where)
    return _measurement(value.get("value"), where) if not isinstance(value.get("value"), dict) else _nested(where)


def _nested(where: str) -> Measurement:
    raise InputError(f"{where}: value must be a number, got an object")


def _outcomes(value: dict, where: str) -> Measurement:
    outcomes = value["outcomes"]
    if set(value) - {"outcomes", "of"} or not isinstance(outcomes, dict) or not outcomes:
        raise InputError(f'{where}: outcomes stand alone, as {{"prompt id": 0 or 1, …}}')
    if any(not isinstance(outcome, int | float) or not 0 <= outcome <= 1 for outcome in outcomes.values()):
        raise InputError(f"{where}: an outcome is 0 or 1, or a number between for partial credit")
    numbers = {prompt: float(outcome) for prompt, outcome in outcomes.items()}
    return from_outcomes(numbers, part=_part(value, len(numbers), where))


def _counts(value: dict, where: str) -> Measurement:
    k, n = value.get("k"), value.get("n")
    whole = all(type(count) is int for count in (k, n))
    if not whole or not 0 <= k <= n or n == 0:
        raise InputError(f"{where}: k and n must be whole numbers with 0 <= k <= n and n > 0, "
                         f"got {shown(k)} of {shown(n)}")  # fmt: skip
    try:
        share = k / n
    except OverflowError:
        raise InputError(f"{where}: the numbers are too large") from None
    if "value" in value and not math.isclose(number(value["value"], where), share, abs_tol=5e-3):
        raise InputError(f"{where}: value {shown(value['value'])} is not k of n, {share:.4g}")
    if n > 2**53:
        raise InputError(f"{where}: n is too large")
    return Measurement(share, k, n, part=_part(value, n, where))


def _part(value: dict, n: int, where: str) -> str:
    total = value.get("of", n)
    if type(total) is not int or not n <= total <= 2**53:
        raise InputError(f"{where}: of must be a whole number, the prompts that the whole evaluation has")
    return part_of(n, total)
