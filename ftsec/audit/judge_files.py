"""Judges of the files: what could not be read, whether all evidence is there, the data, the model, canaries."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ftsec.audit.policy import Policy
from ftsec.audit.recognise import CANARIES, DATA, EVIDENCE, MODEL, UNKNOWN, Item
from ftsec.audit.side import training_facts
from ftsec.base.errors import InputError
from ftsec.defenses import findings as kinds
from ftsec.defenses.adapters import CONFIG, WEIGHTS, verify_adapter
from ftsec.defenses.canary_scores import judge_scores, read_scored
from ftsec.defenses.examine import examine
from ftsec.defenses.findings import FINE, NOTE, STOP, WARN, Finding, of_adapter, of_canaries, of_manifest
from ftsec.defenses.provenance import from_json, verify_manifest
from ftsec.defenses.strict import read_bytes

PLACE = re.compile(r"^, (line|row) \d+: ")
SHOWN = 5  # rows named one by one; the rest are counted


def unreadable(items: list[Item]) -> Iterator[Finding]:
    for item in items:
        if item.kind == UNKNOWN:
            yield Finding(
                "unreadable", kinds.UNKNOWN, item.name, f"not understood, because {item.said}", file=str(item.path)
            )


def complete(wanted: dict[str, int], items: list[Item], whose: str) -> Iterator[Finding]:
    """Whether the evidence is what the policy names: a file that is gone must not go unseen."""
    found = [item for item in items if item.kind in EVIDENCE]
    if not wanted:
        yield Finding("evidence", kinds.UNKNOWN, whose, "the policy names no files, so nobody would miss one")
        return
    for pattern, count in wanted.items():
        here = [item for item in found if fnmatch.fnmatchcase(item.name, pattern)]
        verdict = FINE if len(here) == count else kinds.UNKNOWN
        yield Finding("evidence", verdict, pattern, f"{len(here)} of {count} files of {whose}", k=len(here), n=count)
    for item in found:
        if not any(fnmatch.fnmatchcase(item.name, pattern) for pattern in wanted):
            yield Finding(
                "evidence", kinds.UNKNOWN, item.name, "evidence that the policy does not name", file=str(item.path)
            )


def data(policy: Policy, items: list[Item], prompts: list[str]) -> Iterator[Finding]:
    """The training data: rows against the trainer's count, bad rows, overlap with the prompts, the team's terms."""
    files, rows = [item for item in items if item.kind == DATA], 0
    for item in files:
        try:
            found = examine(item.path, prompts=prompts, terms=policy.terms)
        except InputError as problem:
            yield kinds.of_unreadable(problem, item.path)
            continue
        rows += found.n_rows
        yield from _rows(found, item)
    yield _count(rows, training_facts(items).get("rows"), len(files))
    if not prompts:
        yield Finding(
            "no-prompts", kinds.UNKNOWN, "prompts", "no log holds its prompts, so overlap cannot be looked for"
        )


def models(items: list[Item]) -> Iterator[Finding]:
    """Adapters by PEFT's rules; pickles anywhere."""
    names = {item.path for item in items if item.kind in EVIDENCE and item.kind != MODEL}
    folders = {item.path.parent for item in items if item.path.name in (CONFIG, WEIGHTS) and item.kind == MODEL}
    outer = sorted(folder for folder in folders if not any(folder.is_relative_to(f) and folder != f for f in folders))
    for folder in outer:
        for found in of_adapter(verify_adapter(folder), folder):
            if found.rule != "adapter-refused" or Path(found.file) not in names:
                yield found
    inside = [item for item in items if item.kind == MODEL]
    for item in inside:
        if item.said == "a pickle" and not any(item.path.is_relative_to(folder) for folder in outer):
            yield Finding(
                "pickle", STOP, item.name, "a pickle: loading it runs the program inside", file=str(item.path)
            )
    if not any(item.path.suffix == ".safetensors" for item in inside):
        yield Finding("model", kinds.UNKNOWN, "weights", "no weights in safetensors lie in the folder")


def each(items: list[Item], kind: str, judge: Callable[[Item], Iterator[Finding]]) -> Iterator[Finding]:
    """What a judge finds in each file of a kind; a file that turns out to be damaged is a finding too."""
    for item in items:
        if item.kind == kind:
            try:
                yield from judge(item)
            except InputError as problem:
                yield kinds.of_unreadable(problem, item.path)


def manifest(item: Item) -> Iterator[Finding]:
    records = from_json(read_bytes(item.path), str(item.path))
    differences = verify_manifest(item.path.parent, records, item.path)
    yield from of_manifest(differences, item.path.parent)
    if not differences:
        yield Finding("manifest", FINE, item.name, "all files are as recorded", file=str(item.path))


def canaries(item: Item, at_most: float | None) -> Iterator[Finding]:
    yield from of_canaries(judge_scores(read_scored(item.path), at_most), item.path)
    if at_most is None:
        what = "the policy gives no canaries_at_most, so the scores decide nothing"
        yield Finding("canary", kinds.UNKNOWN, item.name, what, file=str(item.path))


def canary_rows(wanted: int | None, items: list[Item]) -> Iterator[Finding]:
    """Whether all scores are there: without the rows of low or of high score an exposure would look smaller."""
    files = [item for item in items if item.kind == CANARIES]
    count = sum(n_scores(item) for item in files)
    if wanted is None and files:
        what = "the policy gives no canary_rows, so nobody would miss a score"
        yield Finding("canary-rows", kinds.UNKNOWN, "scores", what, n=count)
    elif wanted is not None:
        what = f"{wanted:,} rows of scores are expected, here are {count:,}"
        yield Finding("canary-rows", FINE if count == wanted else kinds.UNKNOWN, "scores", what, k=count, n=wanted)


def n_scores(item: Item) -> int:
    """How many rows a file of canaries' scores holds; none if it is damaged."""
    try:
        return sum(1 for _ in read_scored(item.path))
    except InputError:  # told where the scores are judged
        return 0


def _rows(found, item: Item) -> Iterator[Finding]:
    file = str(item.path)

    def some(rule: str, verdict: str, lines: list[tuple[int, str]]) -> Iterator[Finding]:
        for line, what in lines[:SHOWN]:
            yield Finding(rule, verdict, item.name, what, file=file, line=line, read_as=found.read_as)
        if len(lines) > SHOWN:
            more = len(lines) - SHOWN
            what = f"and {more:,} row{'' if more == 1 else 's'} more"
            yield Finding(rule, verdict, item.name, what, file=file, rest=True)

    turns = ", ".join(f"{count:,} {role}" for role, count in sorted(found.n_turns.items()))
    what = f"{found.n_rows:,} rows; turns: {turns}; {len(found.duplicates):,} repeat an earlier one"
    yield Finding("data", NOTE, item.name, what, n=found.n_rows, file=file, read_as=found.read_as)
    yield from some("data-bad-row", kinds.UNKNOWN, [(line, _told(problem, file)) for line, problem in found.bad])
    yield from some("data-unanswered", WARN, [(line, "teaches no answer") for line in found.unanswered])
    yield from some("data-term", STOP, [(line, f"holds the policy's term {term!r}") for line, term in found.terms])
    shares = {row.line: row.share for row in found.overlaps}
    lines = [(line, f"holds {share:.0%} of an evaluation prompt") for line, share in sorted(shares.items())]
    yield from some("overlap", kinds.UNKNOWN, lines)
    if not lines:
        yield Finding("overlap", FINE, item.name, "holds no evaluation prompt", file=file)


def _told(problem: str, file: str) -> str:
    """A row's problem without its place, which a finding names anyway."""
    return PLACE.sub("", problem.removeprefix(file))


def _count(rows: int, said: object, files: int) -> Finding:
    if not files:
        return Finding("rows", kinds.UNKNOWN, "training data", "there are none in the folder")
    if type(said) is not int:
        return Finding(
            "rows", kinds.UNKNOWN, "training data", f"{rows:,} rows, and no file of the trainer gives its count"
        )
    what = f"{rows:,} rows here, {said:,} by the trainer's count"
    return Finding("rows", FINE if rows == said else kinds.UNKNOWN, "training data", what, k=rows, n=said)
