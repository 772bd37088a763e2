"""Mutated inputs for everything that reads what others wrote: training data in all forms, whole runs, single files.

`python -m tests.audit.fuzzed 2000 7` runs 2,000 of each kind of `tests.defenses.fuzzed` and of data, and 3,000 of each
kind of audit with seed 7, a sample of them also as real processes, and prints a table; a test runs a few.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

from ftsec.cli.audit import audit
from ftsec.cli.canaries import canaries_group
from ftsec.cli.corpus import dedup, filter_command
from ftsec.cli.lookup import lookup
from ftsec.defenses.canaries import make_canaries, to_json
from tests.audit import runs
from tests.defenses import fuzzed
from tests.defenses.fuzzed import DATA, LONGEST_S, MOST_KB, NAMES, Mutator

N_PROCESSES = 100
SMALL = 60  # prompts of a run that is quickly audited; every fourth one has all of them
SUFFIXES = [".jsonl", ".json", ".csv", ".parquet", ".txt", ".gz", ".zst"]
SENTENCE = "The grey printer on floor {0} stopped; please check cable {1} and start it again, then write to us."


@cache
def corpora() -> dict[str, bytes]:
    """Training data in every form that is read, by the name of a file."""
    found = {path.name: path.read_bytes() for path in sorted((DATA / "corpus").iterdir())}
    pairs = [(SENTENCE.format(i, i % 3), f"It is done, see ticket {i}.") for i in range(12)]
    shared = [
        {"conversations": [{"from": "human", "value": asked}, {"from": "gpt", "value": told}]} for asked, told in pairs
    ]
    chosen = [{"prompt": asked, "chosen": told, "rejected": told[::-1]} for asked, told in pairs]
    lines = ["".join(json.dumps(row) + "\n" for row in rows).encode() for rows in (shared, chosen)]
    table, text = io.BytesIO(), io.StringIO()
    pq.write_table(pa.Table.from_pylist([{"prompt": a, "completion": b} for a, b in pairs]), table)
    csv.writer(text).writerows([("prompt", "completion"), *pairs])
    return found | {
        "shared.jsonl": lines[0], "pairs.jsonl": lines[1], "pairs.json": json.dumps(chosen).encode(),
        "t.parquet": table.getvalue(), "t.csv": text.getvalue().encode(), "z.jsonl.gz": gzip.compress(lines[0]),
        "z.jsonl.zst": pa.compress(lines[0], codec="zstd", asbytes=True),
        "plain.txt": "\n".join(sum(pairs, ())).encode(),
    }  # fmt: skip


def changed(mutate: Mutator, name: str, content: bytes) -> bytes:
    """A file changed in the way of its form; a packed one inside or outside."""
    if name.endswith(".gz") and mutate.random.random() < 0.5 and name != "damaged.jsonl.gz":
        return gzip.compress(mutate.lines(gzip.decompress(content)))
    if name.lower().endswith(".jsonl") and content.strip():
        return mutate.lines(content)
    return mutate.json(content) if name.endswith(".json") and fuzzed._is_json(content) else mutate.bytes(content)


def data_file(mutate: Mutator, folder: Path) -> Path:
    name, content = mutate.random.choice(list(corpora().items()))
    path = folder / name
    path.write_bytes(changed(mutate, name, content))
    if mutate.random.random() < 0.1:  # under the name of another form
        path = path.rename(folder / f"other{mutate.random.choice(SUFFIXES)}")
    return path


def options(mutate: Mutator, folder: Path) -> list:
    chosen = [["--keep-bad-lines"], ["--report", folder / "out.csv"], ["--field", "text"], ["--field", "prompt"]]
    return [word for words in chosen if mutate.random.random() < 0.25 for word in words]


def dedup_case(mutate: Mutator, folder: Path) -> list:
    source = data_file(mutate, folder)
    more = mutate.random.choice([[], ["--unit", "characters"], ["--ngram", 1], ["--threshold", 1]])
    return [dedup, source, "-o", folder / f"out{source.suffix}", *options(mutate, folder), *more]


def filter_case(mutate: Mutator, folder: Path) -> list:
    source = data_file(mutate, folder)
    (folder / "terms.txt").write_bytes(mutate.bytes(b"cable\nC++\ngrey stone\n"))
    beside = [["--rules", "c4"], ["--rules", "gopher"], ["--terms", folder / "terms.txt"], ["--reference", source]]
    chosen = [word for words in beside if mutate.random.random() < 0.5 for word in words]
    return [filter_command, source, "-o", folder / f"out{source.suffix}", *options(mutate, folder), *chosen]


def insert_case(mutate: Mutator, folder: Path) -> list:
    source, planted = data_file(mutate, folder), to_json(make_canaries(2, 1)).encode()
    (folder / "canaries").write_bytes(mutate.json(planted) if mutate.random.random() < 0.4 else planted)
    return [canaries_group, "insert", source, folder / "canaries", "--seed", 1, "-o", folder / f"out{source.suffix}"]


def files_case(mutate: Mutator, folder: Path) -> list:
    named = folder / mutate.random.choice(NAMES).replace("/", "_")
    named.write_bytes(mutate.bytes(mutate.random.choice(list(corpora().values()))))
    return [audit, "files", data_file(mutate, folder), named]


def lookup_case(mutate: Mutator, folder: Path) -> list:
    usual = {"--method": "lora", "--n-examples": 300, "--learning-rate": 1e-4, "--epochs": 2, "--data": "benign"}
    odd = ["0", "-1", "nan", "inf", "QLoRA", "\x00", "9" * 400, "1e400", "2", "explicit", "", 0.5, 1000]
    given = {name: value for name, value in usual.items() if mutate.random.random() < 0.6}
    if mutate.random.random() < 0.7:
        given[mutate.random.choice([*usual, "--n-harmful", "--batch-size", "-k"])] = mutate.random.choice(odd)
    return [lookup, *(word for pair in given.items() for word in pair)]


@cache
def made(name: str, prompts: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ftsec-fuzzed-"))
    with patch.object(runs, "N", prompts):
        runs.RUNS[name](folder)
    return folder


def audit_case(mutate: Mutator, folder: Path) -> list:
    """A whole run of which one to three files are changed, doubled, added or taken away."""
    prompts = runs.N if mutate.random.random() < 0.25 else SMALL
    where = Path(shutil.copytree(made(mutate.random.choice(list(runs.RUNS)), prompts), folder / "made"))
    files = sorted(path for path in where.rglob("*") if path.is_file())
    for path in mutate.random.sample(files, mutate.random.randint(1, 3)):
        _change(mutate, path)
    more = [["--base", where / "base"], ["--policy", where / "policy.toml"], ["--json"], ["-o", folder / "out"]]
    given = [word for words, share in zip(more, (0.9, 0.9, 0.3, 0.2), strict=True)
             if mutate.random.random() < share for word in words]  # fmt: skip
    return [audit, where / "run", *given]


def init_case(mutate: Mutator, folder: Path) -> list:
    _, run, *_ = audit_case(mutate, folder)
    return [audit, mutate.random.choice(["init", "digests"]), run]


def _change(mutate: Mutator, path: Path) -> None:
    kind, content = mutate.random.random(), path.read_bytes()
    if kind < 0.7:
        tensors = path.suffix == ".safetensors"
        path.write_bytes(fuzzed._weights(mutate, content) if tensors else changed(mutate, path.name, content))
    elif kind < 0.8:
        path.unlink()
    elif kind < 0.9:
        (path.parent / mutate.random.choice(NAMES).replace("/", "_")).write_bytes(mutate.bytes(content[:20_000]))
    else:
        path.with_name(f"again{path.suffix}").write_bytes(content)


DATA_CASES: dict[str, fuzzed.Case] = {
    "dedup": dedup_case, "filter": filter_case, "canaries insert": insert_case, "audit files": files_case,
}  # fmt: skip
CASES: dict[str, fuzzed.Case] = {"audit": audit_case, "audit init": init_case, "lookup": lookup_case}


def processes(count: int, seed: int) -> tuple[Counter, list[str], float, int]:
    """So many audits as processes of their own: statuses, what must not be, longest seconds, most kilobytes."""
    mutate, ended, bad, longest = Mutator(seed), Counter(), [], 0.0
    for number in range(count):
        with tempfile.TemporaryDirectory() as folder:
            _, *arguments = mutate.random.choice([audit_case, files_case])(mutate, Path(folder))
            command = [sys.executable, "-m", "ftsec", "audit", *map(str, arguments)]
            before = os.times()
            done = subprocess.run(command, capture_output=True, timeout=12 * LONGEST_S)
            after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        longest, status = max(longest, spent), f"status {done.returncode}"
        ended[status] += 1
        if done.returncode not in (0, 1, 2, 3) or b"Traceback" in done.stderr or spent > LONGEST_S:
            bad.append(f"process, seed {seed}, case {number}: {status}, {spent:.1f} s, {done.stderr[-200:]!r}")
    return ended, bad, longest, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main(count: int, seed: int) -> None:
    began, bad, total = time.monotonic(), [], 0
    for cases, each in ((fuzzed.CASES, count), (DATA_CASES, 3 * count // 2), (CASES, 3 * count // 2)):
        for name, make in cases.items():
            table, wrong = fuzzed.fuzz(each, seed, {name: make})
            bad, total = bad + wrong, total + each
            print(f"{name:<20}", ", ".join(f"{what}: {n}" for what, n in sorted(table[name].items())), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ended, wrong, longest, most = processes(N_PROCESSES, seed)
    print(f"{N_PROCESSES} processes: {dict(ended)}, at most {longest:.1f} s of computing, {most / 1000:.0f} MB each")
    bad += wrong + [f"too much memory: {kb} kB" for kb in (peak, most) if kb > MOST_KB]
    print(f"{total} inputs in {time.monotonic() - began:.0f} s, peak {peak / 1000:.0f} MB, {len(bad)} bad")
    print("\n".join(bad[:40]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
