"""Deduplication beside its peers on the same texts: seconds, memory, recall and precision.

    python -m benchmarks.deduplication [--times 3] [FILE ...]

The texts are those of the sample, of copies of it in which every word is changed (``--times``: each a world of its own)
and of the files that are named, with edited copies of some of them. Every method runs in a process of its own, on the
same n-grams of the same tokens. What is compared:

* ``ftsec``: `ftsec.defenses.deduplicate`;
* ``before``: what it was in the first edition: datasketch's sketches, n-grams made word by word, candidates checked;
* ``datasketch``: the plain library as its documentation uses it, one hash at a time, candidates taken as found;
* ``rensa``: a library in Rust with the same idea, and its candidates checked.

The truth is the exact Jaccard similarity of every pair. The libraries are no dependencies; those that are not installed
are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

from ftsec.defenses.deduplicate import Settings, find_duplicates, shingles
from ftsec.defenses.sample import EDITS, Pen, corpus_path
from ftsec.defenses.tokens import distinct_ngrams, tokens
from ftsec.defenses.training_data import read_texts

SETTINGS = Settings()
N_HASHES = 128
BANDS = 16  # rensa's, of 8 rows
N_EDITED = 500
MIN_WORDS = 30
REPEATS = 5


def grams(text: str) -> set[str]:
    """The n-grams as texts, made word by word."""
    words, n = tokens(text), SETTINGS.ngram
    return {"\x1f".join(words[i : i + n]) for i in range(len(words) - n + 1)} or {f"\0{text.strip()}"}


def by_ftsec(texts: list[str]) -> Iterator[float | set[int]]:
    spent = 0.0

    def timed(*arguments: object) -> Iterator[object]:
        nonlocal spent
        start = time.process_time()
        made = list(distinct_ngrams(*arguments))
        spent += time.process_time() - start
        return iter(made)

    with patch("ftsec.defenses.sketches.distinct_ngrams", timed):
        removed = {duplicate.line - 1 for duplicate in find_duplicates(texts, SETTINGS).duplicates}
    yield spent
    yield removed


def by_before(texts: list[str]) -> Iterator[float | set[int]]:
    from datasketch import LeanMinHash, MinHash, MinHashLSH

    start = time.process_time()
    made = [grams(text) for text in texts]
    yield time.process_time() - start
    index, removed, sketches = MinHashLSH(SETTINGS.threshold, num_perm=N_HASHES, weights=(0.1, 0.9)), set(), {}
    empty = MinHash(num_perm=N_HASHES, seed=1)
    for number, found in enumerate(made):
        sketch = empty.copy()
        sketch.update_batch([gram.encode() for gram in found])
        if any(sketch.jaccard(sketches[key]) >= SETTINGS.threshold for key in index.query(sketch)):
            removed.add(number)
        else:
            index.insert(number, sketch, check_duplication=False)
            sketches[number] = LeanMinHash(sketch)
    yield removed


def by_datasketch(texts: list[str]) -> Iterator[float | set[int]]:
    from datasketch import MinHash, MinHashLSH

    start = time.process_time()
    made = [grams(text) for text in texts]
    yield time.process_time() - start
    index, removed = MinHashLSH(threshold=SETTINGS.threshold, num_perm=N_HASHES), set()
    for number, found in enumerate(made):
        sketch = MinHash(num_perm=N_HASHES)
        for gram in found:
            sketch.update(gram.encode())
        if index.query(sketch):
            removed.add(number)
        else:
            index.insert(number, sketch)
    yield removed


def by_rensa(texts: list[str]) -> Iterator[float | set[int]]:
    import rensa

    start = time.process_time()
    made = [list(grams(text)) for text in texts]
    yield time.process_time() - start
    index, sketches, removed = rensa.RMinHashLSH(SETTINGS.threshold, N_HASHES, BANDS), {}, set()
    for number, found in enumerate(made):
        sketch = rensa.RMinHash(num_perm=N_HASHES, seed=1)
        sketch.update(found)
        if any(sketch.jaccard(sketches[key]) >= SETTINGS.threshold for key in index.query(sketch)):
            removed.add(number)
        else:
            index.insert(number, sketch)
            sketches[number] = sketch
    yield removed


def by_exact(texts: list[str]) -> Iterator[float | set[int]]:
    yield 0.0
    removed, kept, postings = set(), {}, defaultdict(list)
    for number, text in enumerate(texts):
        found = shingles(text, SETTINGS)
        shared = Counter(other for gram in found for other in postings[gram])
        least = SETTINGS.threshold
        if any(both >= least * (len(found) + kept[other] - both) for other, both in shared.items()):
            removed.add(number)
            continue
        kept[number] = len(found)
        for gram in found:
            postings[gram].append(number)
    yield removed


METHODS: dict[str, Callable[[list[str]], Iterator[float | set[int]]]] = {
    "exact": by_exact,
    "ftsec": by_ftsec,
    "before": by_before,
    "datasketch": by_datasketch,
    "rensa": by_rensa,
}
NEEDS = {"before": "datasketch", "datasketch": "datasketch", "rensa": "rensa"}


def corpus(times: int, files: list[Path]) -> list[str]:
    """The texts: the same for the same arguments."""
    sample = read_texts(corpus_path())
    texts = [
        text if world == 0 else re.sub(r"\w+", rf"\g<0>q{world}", text) for world in range(times) for text in sample
    ]
    own = [text for path in files for text in read_texts(path)]
    long = [text for text in own if len(text.split()) >= MIN_WORDS]
    pen, edits = Pen(1), random.Random(1)
    edited = [edits.choice(list(EDITS.values()))(pen, edits.choice(long)) for _ in range(N_EDITED if long else 0)]
    return texts + own + edited


def measure(method: str, times: int, files: list[Path]) -> dict:
    """Processor seconds for n-grams and for the rest, peak memory (MB) above the start, and what was removed."""
    texts = corpus(times, files)
    list(METHODS[method](texts[:20]))  # imports and tables are not the method's speed
    before, start = _peak(), time.process_time()
    made, removed = METHODS[method](texts)
    rest = time.process_time() - start - made
    return {"documents": len(texts), "ngrams": made, "rest": rest, "MB": _peak() - before, "removed": sorted(removed)}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="training data of any form, besides the sample")
    parser.add_argument("--times", type=int, default=3, help="worlds, each of the sample's size")
    parser.add_argument("--method", choices=METHODS, help="only this one; prints JSON")
    arguments = parser.parse_args()
    if arguments.method:
        print(json.dumps(measure(arguments.method, arguments.times, arguments.files)))
        return
    for row in rows(arguments.times, arguments.files):
        print("  ".join(f"{name}: {value}" for name, value in row.items()))


def rows(times: int, files: list[Path]) -> Iterator[dict[str, object]]:
    """One row a method: the fastest of some processes, since others may be busy beside them."""
    truth: set[int] = set()
    for method in METHODS:
        if method in NEEDS and importlib.util.find_spec(NEEDS[method]) is None:
            print(f"{method}: {NEEDS[method]} is not installed")
            continue
        command = [sys.executable, "-m", "benchmarks.deduplication", "--method", method, "--times", str(times)]
        ran = [subprocess.run([*command, *map(str, files)], stdout=subprocess.PIPE, text=True, check=True)
               for _ in range(REPEATS)]  # fmt: skip
        row = min((json.loads(one.stdout) for one in ran), key=lambda row: row["ngrams"] + row["rest"])
        removed = set(row["removed"])
        truth = truth or removed
        both = len(removed & truth)
        yield {
            "With": method, "Texts": row["documents"], "N-grams, s": f"{row['ngrams']:.2f}",
            "Sketch and search, s": f"{row['rest']:.2f}", "MB": f"{row['MB']:.0f}",
            "Recall": f"{both / len(truth):.3f}", "Precision": f"{both / len(removed):.3f}",
        }  # fmt: skip


if __name__ == "__main__":
    main()
