"""Sealed predictions: what a learner expects, stored with time and digest before the first result is seen."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.teaching.exercises import Lab, Number, labs
from ftsec.teaching.sealed import Prediction, digest_of, read_predictions
from ftsec.teaching.written import number

FILE = "predictions.jsonl"
VARIABLE = "FTSEC_PREDICTIONS"  # names another file
STOPS = (".", ":")


@dataclass(frozen=True)
class Note:
    """What a learner is told, line by line. Shows itself in JupyterLab and in plain Python."""

    lines: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return "\n".join(f"{name}{'' if name.endswith(STOPS) else ':'} {text}" for name, text in self.lines)

    def _repr_html_(self) -> str:
        rows = "<br>".join(f"<strong>{html.escape(name)}</strong> {html.escape(text)}" for name, text in self.lines)
        return f'<div role="status" style="border-left:4px solid #0969da;padding-left:8px">{rows}</div>'


def predict(lab: str, text: str = "", **numbers: object) -> Note:
    """Seal what you expect of a lab, with the time. The first prediction stands.

    Args:
        lab: number of the chapter, such as ``"05"``.
        text: your words.
        numbers: your numbers, by the names that the lab gives them; None for none.

    Raises:
        InputError: if there is no such lab, or the file cannot be written.
    """
    known = _known(lab)
    given = {name: value for name, value in numbers.items() if value not in (None, ..., "")}
    earlier = sealed(lab)
    if earlier:
        same = text.strip() in ("", earlier.text) and all(earlier.numbers.get(n) == v for n, v in given.items())
        rest = "" if same else " The first one stands; what you changed is not stored."
        return Note((("Sealed before", f"{earlier.seal}: {said(earlier, known)}{rest}"),))
    read, wrong = _read(given, known.numbers)
    if wrong:
        return Note((("Nothing sealed yet.", f"{wrong} Correct it and run this cell again."),))
    if not text.strip() and not read:
        where = "Put your numbers in place of None" if known.numbers else "Write what you expect between the quotes"
        return Note((("Nothing sealed yet.", f"{where} and run this cell again."),))
    time = datetime.now(UTC).isoformat(timespec="microseconds")  # two people who seal the same number are two
    entry = Prediction(lab, time, text.strip(), digest_of(lab, time, text.strip(), read), read)
    _append(entry)
    return Note((("Sealed", f"{entry.seal}. {said(entry, known)} Now run the lab."), ("To hand in:", str(_path()))))


def reveal(lab: str, outcome: str, **numbers: object) -> Note:
    """Show the sealed prediction beside what came out.

    Args:
        lab: number of the chapter.
        outcome: what came out, in words.
        numbers: what came out of the predicted numbers, one or several for each name.

    Raises:
        InputError: if there is no such lab.
    """
    known, entry = _known(lab), sealed(lab)
    if entry is None:
        return Note((("You expected", "nothing was sealed before this lab."), ("What came out", outcome)))
    changed = "" if entry.whole else " (changed since it was sealed)"
    beside = [
        (f"{each.ask[0].upper()}{each.ask[1:]}:", f"you {_value(entry.numbers.get(each.name), each)}, came out "
         f"{' and '.join(_value(value, each) for value in _several(numbers[each.name]))}")
        for each in known.numbers if each.name in numbers
    ]  # fmt: skip
    return Note(
        (("You expected", f"{said(entry, known)} ({entry.seal}){changed}"), *beside, ("What came out", outcome))
    )


def sealed(lab: str) -> Prediction | None:
    """The first prediction that was sealed for a lab; lines that cannot be read are passed over."""
    path = _path()
    entries = read_predictions(path)[0] if path.exists() else []
    return next((entry for entry in entries if entry.lab == lab), None)


def said(entry: Prediction, lab: Lab) -> str:
    """A prediction in one line: its numbers with their units, then its words."""
    values = [
        f"{each.name} {_value(entry.numbers[each.name], each)}" for each in lab.numbers if each.name in entry.numbers
    ]
    return ". ".join(filter(None, [", ".join(values), entry.text.rstrip(".")])) + ("." if values else "")


def _read(given: Mapping[str, object], numbers: Iterable[Number]) -> tuple[dict[str, float], str]:
    """The numbers handed in, and what is wrong with the first one that cannot be used."""
    known = {each.name: each for each in numbers}
    read: dict[str, float] = {}
    for name, value in given.items():
        if name not in known:
            return {}, f"{name!r} is not asked for here; the numbers are {', '.join(known) or 'none'}."
        given_number = number(value)
        most = known[name].most
        if given_number is None or given_number < 0 or (most is not None and given_number > most):
            return {}, f"{name}: a number is wanted ({known[name].allowed}), not {value!r}."
        read[name] = given_number
    return read, ""


def _several(value: object) -> list[float]:
    return list(value) if isinstance(value, Iterable) else [value]


def _value(value: float | None, number: Number) -> str:
    return "nothing" if value is None else f"{value:.3g} {number.unit}"


def _append(entry: Prediction) -> None:
    try:
        with _path().open("a", encoding="utf-8") as file:
            file.write(entry.line + "\n")
    except OSError as error:
        raise InputError(f"{_path()} cannot be written ({error.strerror}): write your prediction on paper") from None


def _path() -> Path:
    named = os.environ.get(VARIABLE)
    return Path(named) if named else find_project().root / FILE


def _known(lab: str) -> Lab:
    if lab not in labs():
        raise InputError(f"there is no lab {lab!r}; the labs are {', '.join(sorted(labs()))}")
    return labs()[lab]
