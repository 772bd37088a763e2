"""Sealed predictions: what a learner expects, stored with time and digest before the first result is seen."""

from __future__ import annotations

import hashlib
import html
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.teaching.exercises import labs

FILE = "predictions.jsonl"
VARIABLE = "FTSEC_PREDICTIONS"  # names another file
SHOWN_DIGITS = 12  # of the digest: short enough to write on a board


@dataclass(frozen=True)
class Prediction:
    """One sealed prediction: a line of the file. The digest covers the other three."""

    lab: str
    time: str
    text: str
    digest: str

    @property
    def whole(self) -> bool:
        """Whether nothing was changed since it was sealed."""
        return self.digest == _digest(self.lab, self.time, self.text)


@dataclass(frozen=True)
class Note:
    """What a learner is told, line by line. Shows itself in JupyterLab and in plain Python."""

    lines: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {text}" if name else text for name, text in self.lines)

    def _repr_html_(self) -> str:
        rows = "<br>".join(f"<strong>{html.escape(name)}</strong> {html.escape(text)}" for name, text in self.lines)
        return f'<div role="status" style="border-left:4px solid #0969da;padding-left:8px">{rows}</div>'


def predict(lab: str, text: str) -> Note:
    """Seal what you expect of a lab, with the time. The first prediction stands.

    Args:
        lab: number of the chapter, such as ``"05"``.
        text: your words.

    Raises:
        InputError: if there is no such lab, or the file cannot be written.
    """
    _known(lab)
    earlier = sealed(lab)
    if earlier:
        rest = "" if text.strip() in ("", earlier.text) else " The first one stands; new words are not stored."
        return Note((("Sealed before", f"{_seal(earlier)}: {earlier.text}{rest}"),))
    if not text.strip():
        return Note((("Nothing sealed yet.", "Write what you expect between the quotes and run this cell again."),))
    time = datetime.now(UTC).isoformat(timespec="seconds")
    entry = Prediction(lab, time, text.strip(), _digest(lab, time, text.strip()))
    _append(entry)
    return Note((("Sealed", f"{_seal(entry)}. Now run the lab."),))


def reveal(lab: str, outcome: str) -> Note:
    """Show the sealed prediction beside what came out.

    Args:
        lab: number of the chapter.
        outcome: what came out, in words.

    Raises:
        InputError: if there is no such lab.
    """
    _known(lab)
    entry = sealed(lab)
    if entry is None:
        expected = "nothing was sealed before this lab."
    else:
        changed = "" if entry.whole else " (changed since it was sealed)"
        expected = f"{entry.text} ({_seal(entry)}){changed}"
    return Note((("You expected", expected), ("What came out", outcome)))


def sealed(lab: str) -> Prediction | None:
    """The first prediction that was sealed for a lab."""
    path = _path()
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    entries = (Prediction(**json.loads(line)) for line in lines if line.strip())
    return next((entry for entry in entries if entry.lab == lab), None)


def _append(entry: Prediction) -> None:
    try:
        with _path().open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"{_path()} cannot be written ({error.strerror}): write your prediction on paper") from None


def _path() -> Path:
    named = os.environ.get(VARIABLE)
    return Path(named) if named else find_project().root / FILE


def _known(lab: str) -> None:
    if lab not in labs():
        raise InputError(f"there is no lab {lab!r}; the labs are {', '.join(sorted(labs()))}")


def _digest(lab: str, time: str, text: str) -> str:
    return hashlib.sha256(f"{lab}\n{time}\n{text}".encode()).hexdigest()


def _seal(entry: Prediction) -> str:
    local = datetime.fromisoformat(entry.time).astimezone()
    return f"{local:%Y-%m-%d %H:%M}, seal {entry.digest[:SHOWN_DIGITS]}"
