"""A PEFT adapter looked at before it is loaded: its files, its configuration, the names and shapes of its weights.

Nothing is loaded; of safetensors files the header alone is read. The check says nothing about how the adapter behaves:
a backdoor fits into weights of perfect shape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ftsec.base.errors import InputError
from ftsec.defenses.adapter_files import LEFTOVER, MISSING, REFUSED, Seen, look_at
from ftsec.defenses.adapter_weights import judge_weights
from ftsec.defenses.hub_layout import snapshot_of
from ftsec.defenses.peft_config import PeftConfig, read_config
from ftsec.defenses.provenance import FileRecord, Finding, verify_manifest
from ftsec.defenses.safetensors_header import Tensor, read_header

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


@dataclass(frozen=True)
class AdapterReport:
    """What was found.

    Attributes:
        problems: reasons not to load it; empty if there is none.
        missing: files whose content is not here, so that nothing can be said of them.
        leftovers: files that a trainer left; no reason not to load it, but to delete before it is passed on.
        notes: what is unusual and no problem.
        kind, base_model, rank, modules, n_parameters: the facts of an adapter in order.
    """

    problems: tuple[str, ...]
    missing: tuple[str, ...] = ()
    leftovers: tuple[Seen, ...] = ()
    notes: tuple[str, ...] = ()
    kind: str = ""
    base_model: str = ""
    rank: int | None = None
    modules: tuple[str, ...] = ()
    n_parameters: int = 0
    manifest_findings: tuple[Finding, ...] = field(default=())

    @property
    def passed(self) -> bool:
        return not self.problems and not self.missing and not self.manifest_findings

    @property
    def undecided(self) -> bool:
        """Whether it did not pass for lack of files alone."""
        return not self.problems and not self.manifest_findings and bool(self.missing)


def verify_adapter(
    directory: Path, records: Sequence[FileRecord] | None = None, manifest: Path | None = None
) -> AdapterReport:
    """Check an adapter's directory, and against the records of a manifest if given.

    Adapters of other names, which PEFT saves in folders below, are checked as well.

    Raises:
        InputError: if the directory does not exist.
    """
    if not directory.is_dir():
        raise InputError(f"{directory}: not a directory")
    directory = snapshot_of(directory)
    findings = () if records is None else tuple(verify_manifest(directory, records, manifest))
    seen = look_at(directory)
    problems = [f"{one.path}: {one.why}" for one in seen if one.kind == REFUSED]
    missing = [f"{one.path}: {one.why}" for one in seen if one.kind == MISSING]
    unread = {one.path for one in seen if one.kind in (REFUSED, MISSING)}
    reports = [_adapter(directory, folder, unread) for folder in _folders(seen)]
    first = reports[0]
    return AdapterReport(
        (*problems, *(problem for report in reports for problem in report.problems)),
        (*missing, *(what for report in reports for what in report.missing)),
        tuple(one for one in seen if one.kind == LEFTOVER),
        tuple(note for report in reports for note in report.notes),
        first.kind,
        first.base_model,
        first.rank,
        first.modules,
        sum(report.n_parameters for report in reports),
        findings,
    )


def _folders(seen: Sequence[Seen]) -> list[str]:
    """The folders that hold an adapter, the outermost first."""
    names = (CONFIG, WEIGHTS)
    folders = {one.path.rpartition("/")[0] for one in seen if one.path.rpartition("/")[2] in names}
    return sorted(folders, key=lambda folder: (folder.count("/") + bool(folder), folder)) or [""]


def _adapter(directory: Path, folder: str, unread: set[str]) -> AdapterReport:
    names = [_below(folder, name) for name in (CONFIG, WEIGHTS)]
    gone = [name for name in names if name not in unread and not (directory / name).exists()]
    unread = unread | set(gone)
    config, problems = _try(read_config, directory, folder, CONFIG, unread)
    tensors, more = _try(read_header, directory, folder, WEIGHTS, unread)
    problems += more
    if config is None or tensors is None:
        return AdapterReport(tuple(problems), tuple(f"{name}: not in the folder" for name in gone))
    return _report(config, tensors, _below(folder, WEIGHTS), problems)


def _report(config: PeftConfig, tensors: Sequence[Tensor], file: str, problems: list[str]) -> AdapterReport:
    judged = judge_weights(config, tensors, file)
    return AdapterReport(
        (*problems, *judged.problems),
        notes=(*config.notes, *judged.notes),
        kind=config.kind,
        base_model=config.base_model,
        rank=config.rank,
        modules=tuple(judged.modules),
        n_parameters=sum(math.prod(tensor.shape) for tensor in tensors),
    )


def _try(read, directory: Path, folder: str, name: str, unread: set[str]) -> tuple:
    if _below(folder, name) in unread:  # told already
        return None, []
    try:
        return read(directory / folder / name), []
    except InputError as problem:
        return None, [str(problem)]


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
