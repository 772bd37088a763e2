"""How ``ftsec gate`` says its verdict: as lines for a person, as JSON for a program."""

from __future__ import annotations

import math

from ftsec.base.printable import printable
from ftsec.defenses.comparison import PAIRED, Compared
from ftsec.defenses.gates import Judged, Report


def as_text(report: Report, passed: bool, undecided: tuple[str, ...]) -> str:
    """One line a gate and comparison, what was noted, and the verdict; "?" did not pass for lack of data alone."""
    lines = [f"{_mark(row):<5} {row.gate.name:<26} {row.reason}" for row in report.judged]
    done = [row for row in report.compared if row not in report.not_compared]
    lines += [f"{_mark(row):<5} {row.gate.name:<26} {_comparison(row)}" for row in done]
    lines += [f"note  {row.gate.name:<26} not compared, because {row.reason}" for row in report.not_compared]
    lines += [f"note  {row.gate.name:<26} {note}" for row in report.judged for note in _notes(row)]
    lines += [f"note  {name}: no gate asks for it" for name in report.unused]
    failed = f"failed: {', '.join(report.failures or report.warnings)}"
    unknown = f"not passed, too little is known: {', '.join(undecided)}"
    return "\n".join(printable(line) for line in [*lines, "passed" if passed else unknown if undecided else failed])


def as_json(report: Report, passed: bool, undecided: tuple[str, ...]) -> dict:
    """The same as plain values; what is not a number is null."""
    return {
        "passed": passed,
        "failures": report.failures,
        "undecided": undecided,
        "warnings": report.warnings,
        "unused": report.unused,
        "not_compared": [row.gate.name for row in report.not_compared],
        "gates": [_judged(row) for row in report.judged],
        "compared": [_compared(row) for row in report.compared],
    }


def _notes(row: Judged) -> tuple[str, ...]:
    return row.measurement.notes if row.measurement else ()


def _mark(row: Judged | Compared) -> str:
    if row.passed:
        return "ok"
    return "?" if row.undecided else "FAIL" if row.gate.blocking else "warn"


def _comparison(row: Compared) -> str:
    if not row.n:
        return f"against the base model: {row.reason}"
    prompts = (
        f"{row.worse} of {row.n} prompts worse, {row.better} better"
        if row.method == PAIRED
        else f"two shares, {row.n} and {row.n_base} prompts"
    )
    more = f"; {row.reason}" if row.reason else ""
    loss = f"loss {row.loss:.3g} (upper bound {row.loss_bound:.3g}), p = {row.p_value:.2g}"
    return f"against the base model: {prompts}, {loss}{more}"


def _judged(row: Judged) -> dict:
    known = {name: getattr(row.measurement, name, None) for name in ("k", "n", "part", "file", "read_as", "notes")}
    return _row(row, ("value", "bound", "reason")) | known


def _compared(row: Compared) -> dict:
    return _row(row, ("method", "n", "n_base", "worse", "better", "loss", "loss_bound", "p_value", "reason"))


def _row(row: Judged | Compared, names: tuple[str, ...]) -> dict:
    values = {name: getattr(row, name) for name in names}
    plain = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in values.items()}
    return {"gate": row.gate.name, "blocking": row.gate.blocking, "passed": row.passed, **plain}
