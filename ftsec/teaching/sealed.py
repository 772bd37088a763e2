"""The file of sealed predictions: a line each, with a digest that tells whether it was changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from numbers import Real
from pathlib import Path

SHOWN_DIGITS = 12  # of the digest: short enough to write on a board


@dataclass(frozen=True)
class Prediction:
    """One sealed prediction: a line of the file. The digest covers all the rest."""

    lab: str
    time: str
    text: str
    digest: str
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing was changed since it was sealed."""
        return self.digest == digest_of(self.lab, self.time, self.text, self.numbers)

    @property
    def seal(self) -> str:
        """When it was sealed, in local time, and the first digits of its digest."""
        local = datetime.fromisoformat(self.time).astimezone()
        return f"{local:%Y-%m-%d %H:%M}, seal {self.digest[:SHOWN_DIGITS]}"

    @property
    def line(self) -> str:
        """The prediction as a line of the file."""
        return json.dumps(asdict(self), ensure_ascii=False)


def digest_of(lab: str, time: str, text: str, numbers: Mapping[str, float]) -> str:
    """The digest of a prediction; one without numbers has the same as before there were any."""
    told = f"\n{json.dumps(dict(sorted(numbers.items())))}" if numbers else ""
    return hashlib.sha256(f"{lab}\n{time}\n{text}{told}".encode()).hexdigest()


def read_predictions(path: Path) -> tuple[list[Prediction], list[str]]:
    """The predictions in a file, and a sentence for each line, or for the file, that cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        return [], [f"{path.name} cannot be read: {reason}"]
    found, problems = [], []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_prediction(json.loads(line)))
            except (TypeError, ValueError, AttributeError):
                problems.append(f"{path.name}, line {number} is no prediction")
    return found, problems


def _prediction(entry: dict) -> Prediction:
    result = Prediction(**entry)
    texts = (result.lab, result.time, result.text, result.digest)
    values = list(result.numbers.values())
    if not all(isinstance(each, str) for each in texts) or any(isinstance(each, bool) for each in values):
        raise ValueError("no prediction")
    if not all(isinstance(each, Real) for each in values):
        raise ValueError("no prediction")
    datetime.fromisoformat(result.time)
    return result
