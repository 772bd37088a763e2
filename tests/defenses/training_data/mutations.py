"""Files of every form, and hostile changes of their bytes; the same for the same seed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq

TURNS = [{"role": "user", "content": "What is 12 + 7?"}, {"role": "assistant", "content": "It is 19 → 😀."}]
ROWS = {
    "messages": {"messages": TURNS, "tools": [{"name": "add"}]},
    "sharegpt": {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello\nthere"}]},
    "alpaca": {"instruction": "Classify.", "input": "tea", "output": "good", "history": [["a", "b"]]},
    "pairs": {"prompt": "p", "chosen": "a", "rejected": "b"},
    "turn pairs": {"chosen": TURNS, "rejected": [TURNS[0], {"role": "assistant", "content": "It is 5."}]},
    "kto": {"prompt": "p", "completion": "c", "label": True},
    "text": {"text": "one two three four é"},
}
NASTY = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"\\ud800", b"null",
    b"-", b"1e999", b"NaN", b"9" * 400, b"true", b'""', b"{}", b"[]", b"[" * 3000, b'{"a":' * 3000, b" " * 70_000,
    b'"role"', b'"content"', b'"messages"', b'"text"', b"\xf0\x9f\x98\x80", b"\x1f\x8b", b"PAR1", b"\x28\xb5\x2f\xfd",
)  # fmt: skip


def files() -> dict[str, bytes]:
    """The content of well-formed files, by name."""
    found = {}
    for form, row in ROWS.items():
        rows = [row | {"n": n} for n in range(4)] + [row]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\r\n" for row in rows).encode()
        name = form.replace(" ", "_")
        found |= {f"{name}.jsonl": lines, f"{name}.jsonl.gz": gzip.compress(lines, mtime=0)}
        found |= {f"{name}.jsonl.zst": pa.compress(lines, "zstd", asbytes=True), f"{name}.csv": table(rows)}
        found |= {f"{name}.json": json.dumps(rows, indent=1).encode(), f"{name}.parquet": parquet(rows)}
    found["plain.txt"] = b'one\n{"a": 1}\n\nlast line without an end'
    return found


def table(rows: list[dict]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    writer.writerows([_cell(row.get(key)) for key in rows[0]] for row in rows)
    return text.getvalue().encode()


def parquet(rows: list[dict]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream)
    return stream.getvalue()


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content with one to six bytes or stretches changed, lost, doubled or made nasty."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 6))):
        at, length = rng.randrange(len(data) + 1), rng.choice((1, 1, 1, 4, 40, 400))
        kind = rng.randrange(6)
        if kind == 0 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = rng.choice(NASTY)
        elif kind == 3:
            data[at : at + length] = rng.choice(NASTY)
        elif kind == 4:
            data[at:at] = data[at : at + length]
        else:
            del data[at:]
    return bytes(data)


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
