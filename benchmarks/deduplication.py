"""Deduplication beside its peers on the same corpus: time, memory, recall and precision.

    python benchmarks/deduplication.py [--times 10]

The corpus is the sample of known truth; with ``--times n`` it is followed by n - 1 copies in which every word is
changed, so that each is a world of its own. Every method runs in a process of its own. What is compared:

* ``ftsec``: `ftsec.defenses.deduplicate`;
* ``datasketch``: the plain library as its documentation uses it, one hash at a time, candidates taken as found;
* ``rensa``: a Rust library with the same idea, if it is installed (it is not a dependency);
* ``exact``: every pair's true Jaccard similarity, the reference for recall (slow: the sample alone).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable

from ftsec.defenses.deduplicate import N_HASHES, Settings, find_duplicates, shingles
from ftsec.defenses.sample import corpus_path, load_truth
from ftsec.defenses.training_data import read_texts

SETTINGS = Settings()
BANDS = 16  # rensa's, of 8 rows: at a similarity of 0.7 it looks at 61 % of the pairs, at 0.8 at 95 %


def by_ftsec(texts: list[str]) -> set[int]:
    return {duplicate.line - 1 for duplicate in find_duplicates(texts, SETTINGS).duplicates}


def by_datasketch(texts: list[str]) -> set[int]:
    from datasketch import MinHash, MinHashLSH

    index, removed = MinHashLSH(threshold=SETTINGS.threshold, num_perm=N_HASHES), set()
    for number, text in enumerate(texts):
        sketch = MinHash(num_perm=N_HASHES)
        for gram in shingles(text, SETTINGS):
            sketch.update(gram.encode())
        if index.query(sketch):
            removed.add(number)
        else:
            index.insert(number, sketch)
    return removed


def by_rensa(texts: list[str]) -> set[int]:
    import rensa

    index = rensa.RMinHashLSH(threshold=SETTINGS.threshold, num_perm=N_HASHES, num_bands=BANDS)
    sketches, removed = {}, set()
    for number, text in enumerate(texts):
        sketch = rensa.RMinHash(num_perm=N_HASHES, seed=1)
        sketch.update(list(shingles(text, SETTINGS)))
        if any(sketch.jaccard(sketches[key]) >= SETTINGS.threshold for key in index.query(sketch)):
            removed.add(number)
        else:
            index.insert(number, sketch)
            sketches[number] = sketch
    return removed


def by_exact(texts: list[str]) -> set[int]:
    kept, removed = [], set()
    for number, text in enumerate(texts):
        grams = shingles(text, SETTINGS)
        if any(len(grams & other) >= SETTINGS.threshold * len(grams | other) for other in kept):
            removed.add(number)
        else:
            kept.append(grams)
    return removed


METHODS: dict[str, Callable[[list[str]], set[int]]] = {
    "ftsec": by_ftsec,
    "datasketch": by_datasketch,
    "rensa": by_rensa,
    "exact": by_exact,
}


def many_worlds(texts: list[str], times: int) -> list[str]:
    """The texts, followed by copies in which every word has another ending."""
    return [text if world == 0 else re.sub(r"\w+", rf"\g<0>q{world}", text) for world in range(times) for text in texts]


def measure(method: str, times: int) -> dict:
    """Seconds, peak memory (MB) above that of the start, and recall and precision on the first world."""
    texts = many_worlds(read_texts(corpus_path()), times)
    METHODS[method](texts[:20])  # imports and tables are not the method's speed
    before, start = _peak(), time.perf_counter()
    removed = METHODS[method](texts)
    seconds, megabytes = time.perf_counter() - start, _peak() - before
    return {"method": method, "documents": len(texts), "seconds": seconds, "MB": megabytes, **_judge(removed)}


def _judge(removed: Iterable[int]) -> dict:
    expected = load_truth()["expected"]
    right = set(expected.index[expected == "remove"])
    known = right | set(expected.index[expected == "keep"])
    counted = set(removed) & known
    return {"recall": len(counted & right) / len(right), "precision": len(counted & right) / len(counted)}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="worlds, each of the sample's size")
    parser.add_argument("--method", choices=METHODS, help="only this one; prints JSON")
    arguments = parser.parse_args()
    if arguments.method:
        print(json.dumps(measure(arguments.method, arguments.times)))
        return
    print(f"{'method':<12}{'documents':>10}{'seconds':>9}{'MB':>7}{'recall':>8}{'precision':>11}")
    for method in METHODS:
        if method == "rensa" and importlib.util.find_spec("rensa") is None:
            print("rensa        is not installed")
            continue
        times = "1" if method == "exact" else str(arguments.times)
        command = [sys.executable, __file__, "--method", method, "--times", times]
        row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(f"{method:<12}{row['documents']:>10,}{row['seconds']:>9.2f}{row['MB']:>7.0f}"
              f"{row['recall']:>8.3f}{row['precision']:>11.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
