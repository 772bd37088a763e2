"""Mutated inputs for the judges: whatever a file holds, they answer in one sentence, in time and in little memory.

`python -m tests.defenses.fuzzed 12000 1` runs many (count and seed) and prints a table; a test runs a few.
"""

from __future__ import annotations

import copy
import io
import json
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from click import ClickException
from click.testing import CliRunner

from ftsec.base.errors import InputError
from ftsec.cli.canaries import canaries_group
from ftsec.cli.gate import gate
from ftsec.cli.provenance import provenance
from ftsec.defenses.evaluation_archive import _member

DATA = Path(__file__).with_name("data")
ODD = [
    None, True, -1, 0, 1, 2, 0.5, 1e308, -1e308, float("nan"), float("inf"), 10**400, -(10**400), 2**63, "", "0.9",
    "N/A", "C", "\ud800", "a\nb", "\x00", "x" * 3000, [], {}, [[]], [None], {"": None}, {"value": {}}, [1, 2],
    "../..", "(a+)+$",
]  # fmt: skip
BYTES = [
    b"", b"\x00", b"\xff", b"{", b"}", b"[", b"]", b'"', b",", b":", b"9" * 5000, b"1e999", b"NaN", b"[" * 3000,
    b"null", b"\xef\xbb\xbf", b"\\ud800", b"PK\x03\x04", b"\x80\x04", b"version https://git-lfs.github.com/spec/v1\n",
]  # fmt: skip
NAMES = [
    "tokenizer.json", "x.npy", "a.txt", "README.md", "adapter_model.bin", "x.safetensors", "training_args.bin",
    "tokenizer.model", "p.png", "sub/adapter_config.json", "\udcff.txt", "a\nb.json", ".gitattributes", "x.7z",
]  # fmt: skip
GATES = """
[[gate]]
name = "safety"
stage = "post"
direction = "at_least"
threshold = 0.8
range = [0.0, 1.0]
measurement = "{}"
"""
LONGEST_S, MOST_KB = 10, 1_000_000


class Mutator:
    """Random changes of bytes and of JSON; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def bytes(self, content: bytes) -> bytes:
        """Some bytes replaced, removed, doubled or cut off."""
        content = bytearray(content)
        for _ in range(self.random.randint(1, 4)):
            at = self.random.randint(0, len(content))
            end = min(len(content), at + self.random.choice([0, 1, 1, 2, 8, 200]))
            kind = self.random.randrange(5)
            if kind == 0 and content:
                content[at % len(content)] ^= 1 << self.random.randrange(8)
            elif kind == 1:
                content[at:end] = self.random.choice(BYTES)
            elif kind == 2:
                del content[at:]
            elif kind == 3:
                content[at:at] = content[at:end] * self.random.randint(1, 50)
            else:
                del content[at:end]
        return bytes(content)

    def tree(self, value: object) -> object:
        """A JSON value with some of its parts replaced, removed, doubled or wrapped."""
        value = json.loads(json.dumps(value))
        for _ in range(self.random.randint(1, 3)):
            holder, key = self.random.choice(list(_places(value)) or [(None, None)])
            if holder is None:
                return copy.deepcopy(self.random.choice(ODD))
            kind = self.random.randrange(5)
            if kind == 0:
                del holder[key]
            elif kind == 1:
                holder[key] = [copy.deepcopy(holder[key]) for _ in range(self.random.randint(0, 3))]
            elif kind == 2 and isinstance(holder, dict):
                name = str(self.random.choice(["", "acc,none", "value", "k", "\ud800", "lora_A"]))
                holder[name] = copy.deepcopy(holder[key])
            else:
                holder[key] = copy.deepcopy(self.random.choice(ODD))
        return value

    def json(self, content: bytes) -> bytes:
        """A file of JSON, changed as a tree, as bytes, or both."""
        if self.random.random() < 0.75:
            content = json.dumps(self.tree(json.loads(content))).encode()
        return self.bytes(content) if self.random.random() < 0.4 else content

    def lines(self, content: bytes) -> bytes:
        """The same for JSON Lines."""
        rows = content.splitlines()
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randrange(len(rows))
            rows[at] = self.json(rows[at]) if rows[at].startswith(b"{") and _is_json(rows[at]) else self.bytes(rows[at])
        return b"\n".join(rows)

    def archive(self, content: bytes) -> bytes:
        """An .eval log whose members are changed, or whose bytes are."""
        if self.random.random() < 0.5:
            return self.bytes(content)
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for name in ("header.json", "summaries.json", "reductions.json"):
                member = _member(old, name, content, "x")
                new.writestr(name, self.json(member) if self.random.random() < 0.6 else member)
        return out.getvalue()


def _places(value: object) -> list:
    found = []
    if isinstance(value, dict | list):
        for key, below in list(value.items() if isinstance(value, dict) else enumerate(value)):
            found += [(value, key), *_places(below)]
    return found


def _is_json(row: bytes) -> bool:
    try:
        json.loads(row)
    except (ValueError, RecursionError):
        return False
    return True


def gate_case(mutate: Mutator, folder: Path) -> list:
    logs = [*sorted((DATA / "evaluations").iterdir()), DATA / "inspect_log.json", DATA / "inspect_log.eval"]
    source = mutate.random.choice(logs)
    change = mutate.archive if source.suffix == ".eval" else mutate.json
    (folder / source.name).write_bytes(change(source.read_bytes()))
    gates = GATES.format(mutate.random.choice(["safe/acc,none", "safe/match/accuracy", "refusal_probe/match/accuracy"]))
    gates = mutate.bytes(gates.encode()) if mutate.random.random() < 0.2 else gates.encode()
    (folder / "gates.toml").write_bytes(gates)
    if mutate.random.random() < 0.3:
        return [gate, "init", folder / source.name]
    more = ["--baseline", mutate.random.choice(logs)] if mutate.random.random() < 0.3 else []
    return [gate, "check", folder / source.name, "--gates", folder / "gates.toml", *more]


def samples_case(mutate: Mutator, folder: Path) -> list:
    row = {"doc_id": 0, "doc": {}, "target": "", "resps": [], "filter": "none", "metrics": ["acc"], "acc": 1.0}
    rows = [json.dumps({**row, "doc_id": i, "acc": float(i % 2)}).encode() for i in range(6)]
    (folder / "samples_safe.jsonl").write_bytes(mutate.lines(b"\n".join(rows)))
    results = DATA / "evaluations" / "lmeval_limit60_of_5000.json"
    (folder / "gates.toml").write_text(GATES.format("safe/acc,none"))
    both = [results] if mutate.random.random() < 0.5 else []
    return [gate, "check", *both, folder / "samples_safe.jsonl", "--gates", folder / "gates.toml"]


def plain_case(mutate: Mutator, folder: Path) -> list:
    plain = {"safe": {"k": 3, "n": 4}, "b": {"outcomes": {"p": 1, "q": 0.5}}, "c": 0.3, "d": {"k": 1, "n": 2, "of": 5}}
    (folder / "m.json").write_bytes(mutate.json(json.dumps(plain).encode()))
    return [gate, "check", folder / "m.json", *(["--json"] if mutate.random.random() < 0.3 else [])]


def adapter_case(mutate: Mutator, folder: Path) -> list:
    source = mutate.random.choice([DATA / "adapter", *sorted((DATA / "adapters").iterdir())])
    adapter = Path(shutil.copytree(source, folder / "adapter"))
    config, weights = adapter / "adapter_config.json", adapter / "adapter_model.safetensors"
    if mutate.random.random() < 0.6 and config.exists() and _is_json(config.read_bytes()):
        config.write_bytes(mutate.json(config.read_bytes()))
    if mutate.random.random() < 0.6:
        weights.write_bytes(_weights(mutate, weights.read_bytes()))
    if mutate.random.random() < 0.3:
        path = adapter / mutate.random.choice(NAMES)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mutate.bytes(mutate.random.choice([b'{"a": 1}', b"(lp0\nI1\naI2\na.", b"\x89PNG", b"text"])))
    if mutate.random.random() < 0.1:
        (adapter / "link").symlink_to(
            mutate.random.choice(["..", "link", "nowhere", "adapter_config.json", "/dev/zero"])
        )
    return [provenance, "verify-adapter", adapter]


def _weights(mutate: Mutator, content: bytes) -> bytes:
    if len(content) < 9 or mutate.random.random() < 0.4:
        return mutate.bytes(content)
    (length,) = struct.unpack("<Q", content[:8])
    header = content[8 : 8 + length]
    if not _is_json(header):
        return mutate.bytes(content)
    changed = mutate.json(header)
    return struct.pack("<Q", len(changed)) + changed + content[8 + length :]


def manifest_case(mutate: Mutator, folder: Path) -> list:
    record = {"path": "a.txt", "sha256": "0" * 64, "size": 1, "licence": "", "collected_at": "", "steps": ["x"]}
    manifest = {"format": "ftsec-provenance-1", "files": [record, {**record, "path": "b"}]}
    (folder / "m.json").write_bytes(mutate.json(json.dumps(manifest).encode()))
    (folder / "tree").mkdir()
    (folder / "tree" / "a.txt").write_text("a")
    return [provenance, "verify", folder / "tree", folder / "m.json"]


def scores_case(mutate: Mutator, folder: Path) -> list:
    rows = [{"canary": "a", "inserted": i == 0, "log_likelihood": -1.0 - i, "text": "t"} for i in range(5)]
    (folder / "s.jsonl").write_bytes(mutate.lines(b"\n".join(json.dumps(row).encode() for row in rows)))
    return [canaries_group, "score", folder / "s.jsonl", *mutate.random.choice([[], ["--ratio"], ["--json"]])]


Case = Callable[[Mutator, Path], list]  # writes files into a folder; the command and its arguments
CASES: dict[str, Case] = {
    "gate: logs": gate_case,
    "gate: samples": samples_case,
    "gate: plain": plain_case,
    "verify-adapter": adapter_case,
    "provenance verify": manifest_case,
    "canaries score": scores_case,
}


class TooLongError(Exception):
    """A case took more than its time."""


def _ring(*_: object) -> None:
    raise TooLongError


def fuzz(count: int, seed: int, cases: Mapping[str, Case] = CASES) -> tuple[dict[str, Counter], list[str]]:
    """Run so many cases of each kind; what each ended with, and what must not be."""
    for ring in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(ring, _ring)
    table, bad = {name: Counter() for name in cases}, []
    for name, make in cases.items():
        mutate = Mutator(seed)
        for number in range(count):
            with tempfile.TemporaryDirectory() as folder:
                command, *arguments = make(mutate, Path(folder))
                ended = _run(command, [str(argument) for argument in arguments])
                if ended == "status 2" and any(Path(folder).glob("out*")):
                    ended = "refused, and an output was written"
            table[name][ended] += 1
            if not ended.startswith("status "):
                bad.append(f"{name}, seed {seed}, case {number}: {ended}")
    return table, bad


def _run(command: object, arguments: list[str]) -> str:
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)  # computing; a machine may be busy with other things
    signal.alarm(6 * LONGEST_S)  # waiting
    try:
        result = CliRunner().invoke(command, arguments)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    if isinstance(result.exception, InputError | ClickException):
        return "status 2"
    if result.exception is None or isinstance(result.exception, SystemExit):
        return f"status {result.exit_code}"
    return f"{type(result.exception).__name__}: {result.exception}"[:200]


def main(count: int, seed: int) -> None:
    began = time.monotonic()
    table, bad = fuzz(count, seed)
    for name, ended in table.items():
        print(f"{name:<20}", ", ".join(f"{what}: {number}" for what, number in sorted(ended.items())))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{count * len(CASES)} inputs in {time.monotonic() - began:.0f} s, peak {peak / 1000:.0f} MB, {len(bad)} bad")
    print("\n".join(bad[:40]))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
