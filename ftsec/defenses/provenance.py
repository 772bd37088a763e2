"""A manifest of files that can be verified later: digest, size, licence, date and processing steps of each.

The manifest is not signed: whoever can change the files can also write a new manifest. Keep its own digest (printed
by ``ftsec provenance create``) somewhere else, or sign the file with the tool you already use.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from ftsec.base.errors import InputError, cannot_list
from ftsec.defenses.hub_layout import allowed_roots, stays_inside
from ftsec.defenses.strict import strict_json

FORMAT = "ftsec-provenance-1"
BLOCK = 1 << 20


@dataclass(frozen=True)
class FileRecord:
    """One file: path below the root (with ``/``), SHA-256, bytes, and what is said about its origin."""

    path: str
    sha256: str
    size: int
    licence: str = ""
    collected_at: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One difference between a manifest and a tree: ``changed``, ``added``, ``removed`` or ``unsafe``, and why."""

    kind: str
    path: str
    detail: str = ""


def create_manifest(
    root: Path,
    licence: str = "",
    collected_at: str = "",
    steps: Sequence[str] = (),
    exclude: Path | None = None,
    known: Sequence[FileRecord] = (),
) -> list[FileRecord]:
    """Describe every file below `root`, in order of path.

    Args:
        root: a directory.
        licence, collected_at, steps: said of every file that `known` does not know.
        exclude: a file to leave out, the manifest itself.
        known: records of an earlier manifest; a file with the same digest keeps what they say of it.

    Raises:
        InputError: if a link leaves the tree, an entry is neither file nor directory, or a file changes or
            vanishes while it is read.
    """
    said = {(record.path, record.sha256): record for record in known}
    records = []
    for path, problem in _walk(root, exclude):
        if problem:
            raise InputError(f"{root / path}: {problem}")
        digest, size = _digest(root / path)
        fresh = FileRecord(path, digest, size, licence, collected_at, tuple(steps))
        records.append(said.get((path, digest), fresh))
    if not records:
        raise InputError(f"{root}: holds no file")
    return records


def verify_manifest(root: Path, records: Sequence[FileRecord], exclude: Path | None = None) -> list[Finding]:
    """Every difference between the tree and the manifest, by path; an empty list means that all is as recorded."""
    expected = {record.path: record for record in records}
    findings, seen = [], set()
    for path, problem in _walk(root, exclude):
        seen.add(path)
        if problem:
            findings.append(Finding("unsafe", path, problem))
        elif path not in expected:
            findings.append(Finding("added", path))
        else:
            findings += _verify_file(root / path, expected[path])
    findings += [Finding("removed", path) for path in expected.keys() - seen]
    return sorted(findings, key=lambda finding: finding.path)


def to_json(records: Sequence[FileRecord]) -> str:
    """The manifest as text; the same records give the same text."""
    files = [asdict(record) for record in sorted(records, key=lambda record: record.path)]
    return json.dumps({"format": FORMAT, "files": files}, indent=1) + "\n"


def from_json(text: str | bytes, where: str = "the manifest") -> list[FileRecord]:
    """The records of a manifest.

    Raises:
        InputError: if it is not one, names a file twice, or names a path outside the tree.
    """
    data = strict_json(text, where)
    if data.get("format") != FORMAT or not isinstance(data.get("files"), list):
        raise InputError(f"{where}: not a provenance manifest (its format must be {FORMAT!r})")
    records = [_record(row, where) for row in data["files"]]
    paths = [record.path for record in records]
    if len(set(paths)) != len(paths):
        raise InputError(f"{where}: a file is listed twice")
    return records


def digest_of(text: str | bytes) -> str:
    """SHA-256 of a manifest's bytes, to be kept elsewhere."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def _record(row: object, where: str) -> FileRecord:
    try:
        record = FileRecord(**{**row, "steps": tuple(row["steps"])})
    except (TypeError, KeyError):
        raise InputError(f"{where}: a file's record is not complete") from None
    texts = (record.path, record.sha256, record.licence, record.collected_at, *record.steps)
    if not all(isinstance(text, str) for text in texts) or type(record.size) is not int:
        raise InputError(f"{where}: a file's record has a value of the wrong type")
    parts = PurePosixPath(record.path).parts
    if not parts or record.path.startswith("/") or ".." in parts or "\\" in record.path or "\0" in record.path:
        raise InputError(f"{where}: {record.path!r} is not a path below the root")
    return record


def _walk(root: Path, exclude: Path | None) -> Iterator[tuple[str, str]]:
    """Every entry below root that is not a directory, as path and problem (empty if it is a file to read)."""
    if not root.is_dir():
        raise InputError(f"{root}: not a directory")
    roots, skip = allowed_roots(root), exclude.resolve() if exclude else None
    for folder, folders, files in os.walk(root, onerror=cannot_list):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in sorted(files + links):
            path = Path(folder, name)
            if path.is_symlink() or path.resolve() != skip:
                yield path.relative_to(root).as_posix(), _problem(path, roots)


def _problem(path: Path, roots: tuple[Path, ...]) -> str:
    if path.is_symlink():
        if not path.exists():
            return "a link that leads nowhere"
        if not stays_inside(path, roots):
            return "a link that leaves the tree"
        if path.is_dir():
            return "a link to a directory (its files are listed where they are)"
    try:
        return "" if stat.S_ISREG(path.stat().st_mode) else "neither a file nor a directory"
    except FileNotFoundError:
        return "vanished while the tree was read"


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            while block := stream.read(BLOCK):
                digest.update(block)
                size += len(block)
            after = path.stat()
    except FileNotFoundError:
        raise InputError(f"{path}: vanished while it was read") from None
    except OSError as bad:
        raise InputError(f"{path}: cannot be read ({bad.strerror})") from None
    if (before.st_ino, before.st_mtime_ns, before.st_size) != (after.st_ino, after.st_mtime_ns, size):
        raise InputError(f"{path}: changed while it was read")
    return digest.hexdigest(), size


def _verify_file(path: Path, record: FileRecord) -> list[Finding]:
    try:
        digest, size = _digest(path)
    except InputError as problem:
        return [Finding("changed", record.path, str(problem).split(": ", 1)[1])]
    if size != record.size:
        return [Finding("changed", record.path, f"{size} bytes instead of {record.size}")]
    return [] if digest == record.sha256 else [Finding("changed", record.path, "another content of the same size")]
