"""Findings: what each judge of this room found, in one form that a report can list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.adapters import AdapterReport
from ftsec.defenses.canaries import Score
from ftsec.defenses.canary_scores import Exposed, beyond
from ftsec.defenses.comparison import NONE, Compared
from ftsec.defenses.gates import Judged, Report
from ftsec.defenses.provenance import Finding as Difference

STOP, UNKNOWN, WARN, NOTE, FINE = "stop", "unknown", "warn", "note", "fine"


@dataclass(frozen=True)
class Finding:
    """One finding with its evidence.

    Attributes:
        rule: a short name that stays the same, for example ``gate`` or ``adapter-weights``.
        verdict: ``stop``, ``unknown`` (too little is known to pass), ``warn``, ``note`` or ``fine``.
        subject: what it is about: a gate, a file, a canary.
        what: one sentence.
        value, k, n, bound: the number, the counts behind it, and the confidence bound that decided.
        file, line: where it stands; the line is None where there is none.
        read_as: what the file was taken for.
        rest: whether it only says how many more of the same there are.
    """

    rule: str
    verdict: str
    subject: str
    what: str
    value: float | None = None
    k: int | None = None
    n: int | None = None
    bound: float | None = None
    file: str = ""
    line: int | None = None
    read_as: str = ""
    rest: bool = False


def of_gates(report: Report) -> list[Finding]:
    """A finding for each gate and each comparison with the base model; notes and what no gate asked for follow."""
    found = [_of_judged(row) for row in report.judged] + [_of_compared(row) for row in report.compared]
    for row in report.judged:
        file = row.measurement.file if row.measurement else ""
        notes = row.measurement.notes if row.measurement else ()
        found += [Finding("gate-note", NOTE, row.gate.name, note, file=file) for note in notes]
    return found + [Finding("gate-unused", NOTE, name, "no gate asks for it") for name in report.unused]


def of_adapter(report: AdapterReport, directory: Path) -> list[Finding]:
    """A finding for each reason not to load it, each file that is missing or left over, and the facts."""
    said = [("adapter-refused", STOP, problem) for problem in report.problems]
    said += [("adapter-missing", UNKNOWN, missing) for missing in report.missing]
    said += [("adapter-note", NOTE, note) for note in report.notes]
    found = [_of_file(rule, verdict, text, directory) for rule, verdict, text in said]
    found += [
        Finding("adapter-leftover", WARN, seen.path, seen.why, file=str(directory / seen.path))
        for seen in report.leftovers
    ]
    found += of_manifest(report.manifest_findings, directory)
    if report.kind:
        what = f"{report.kind} on {report.base_model or 'an unnamed base model'}, {report.n_parameters:,} parameters"
        verdict = FINE if report.passed else NOTE
        found.append(Finding("adapter", verdict, directory.name, what, file=str(directory), read_as="a PEFT adapter"))
    return found


def of_manifest(differences: list[Difference] | tuple[Difference, ...], root: Path) -> list[Finding]:
    """A finding for each difference between a tree and its manifest."""
    return [
        Finding(f"manifest-{one.kind}", STOP, one.path, one.detail or one.kind, file=str(root / one.path))
        for one in differences
    ]


def of_canaries(exposed: Exposed, file: Path) -> list[Finding]:
    """A finding for each canary."""
    return [
        Finding(
            "canary",
            STOP if row.canary in exposed.above else UNKNOWN if row.canary in exposed.too_few else FINE,
            row.canary,
            _exposure(row, exposed),
            value=row.exposure,
            file=str(file),
            read_as="scores of canaries",
        )
        for row in exposed.scores
    ]


def _exposure(row: Score, exposed: Exposed) -> str:
    allowed = "" if exposed.at_most is None else f"allowed {exposed.at_most:g}, "
    why = f"; {beyond(exposed.at_most)}" if row.canary in exposed.too_few else ""
    measured = f"exposure {row.exposure:.2f} bits, {allowed}at most {row.largest:.2f} measurable"
    return f"{measured}, p = {row.p_value:.2g}{why}"


def of_unreadable(problem: InputError, file: Path) -> Finding:
    """A file that could not be understood: never a reason to pass."""
    what = str(problem).removeprefix(str(file)).lstrip(",: ")
    return Finding("unreadable", UNKNOWN, file.name, what, file=str(file), line=_line(str(problem), file))


def _of_judged(row: Judged) -> Finding:
    measured = row.measurement
    known = {} if measured is None else {key: getattr(measured, key) for key in ("k", "n", "file", "read_as")}
    return Finding("gate", _verdict(row), row.gate.name, row.reason, row.value, bound=row.bound, **known)


def _of_compared(row: Compared) -> Finding:
    if row.method == NONE:
        return Finding("gate-baseline", UNKNOWN, row.gate.name, f"not compared, because {row.reason}")
    said = f"{row.method}: loss {row.loss:.3g} (upper bound {row.loss_bound:.3g}), p = {row.p_value:.2g}"
    if not (row.passed or row.reason):
        said += ": a loss that chance does not explain"
    what = "; ".join(filter(None, (said if row.n else "", row.reason)))
    return Finding("gate-baseline", _verdict(row), row.gate.name, what, row.loss, n=row.n, bound=row.loss_bound)


def _verdict(row: Judged | Compared) -> str:
    if row.passed:
        return FINE
    return WARN if not row.gate.blocking else UNKNOWN if row.undecided else STOP


def _of_file(rule: str, verdict: str, text: str, directory: Path) -> Finding:
    name, _, what = text.removeprefix(str(directory)).lstrip("/").partition(": ")
    inside = bool(what) and (directory / name).exists()
    file = str(directory / name) if inside else str(directory)
    return Finding(rule, verdict, name if inside else directory.name, what if inside else text, file=file)


def _line(text: str, file: Path) -> int | None:
    beginning = f"{file}, line "
    digits = text.removeprefix(beginning).partition(":")[0] if text.startswith(beginning) else ""
    return int(digits) if digits.isdigit() else None
