"""Judges of this book beside those of others, on the same files in one run: what each refuses, and why they differ.

    python -m benchmarks.peers [--times 3] [--texts FILE ...] [--pickles FOLDER] [-o FOLDER]

Deduplication is compared with datasketch and rensa (`benchmarks.deduplication`), Gopher's rules with datatrove, the
look at pickles with picklescan and modelscan, headers of safetensors with the library. None of them is a dependency:
install those that you want to see; the others are left out. The book's page was made with the sample, with the demo
texts of LLaMA-Factory as `--texts` and the test files of picklescan and modelscan as `--pickles`.

datatrove cuts words with spaCy; here both sides split at blanks, so that rules are compared and not tokenisers.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import pickle
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from benchmarks import deduplication
from ftsec.base.errors import InputError
from ftsec.defenses.adapter_files import ALLOWED, look_at
from ftsec.defenses.quality_rules import gopher_problem
from ftsec.defenses.safetensors_header import read_header

N_HEADERS, SEED = 2000, 1
MOST_NAMED = 6
COLUMNS = ("Task", "With", "Inputs", "Both pass", "Both refuse", "Only ours refuses", "Only theirs refuses",
           "Their time over ours", "Where they differ (ours / theirs)")  # fmt: skip
Judge = Callable[[object], str]  # why an input is refused, empty if it passes
NEEDS = {"datatrove": "datatrove", "picklescan": "picklescan", "modelscan": "modelscan", "safetensors": "safetensors"}


def judged(judge: Judge, inputs: Sequence) -> tuple[list[str], float]:
    """Every answer of one judge, and the processor seconds."""
    start = time.process_time()
    return [judge(one) for one in inputs], time.process_time() - start


def compared(task: str, peer: str, inputs: Sequence, ours: Judge, theirs: Judge) -> dict[str, object]:
    """A row of the table."""
    for judge in (ours, theirs):
        judge(inputs[0])  # imports and tables are not a judge's speed
    (mine, spent), (other, longer) = judged(ours, inputs), judged(theirs, inputs)
    pairs = list(zip(mine, other, strict=True))
    apart = Counter((m or "–", t or "–") for m, t in pairs if bool(m) != bool(t))
    named = [f"{count}: {m} / {t}" for (m, t), count in apart.most_common(MOST_NAMED)]
    more = sum(apart.values()) - sum(count for _, count in apart.most_common(MOST_NAMED))
    counts = [sum(bool(m) == a and bool(t) == b for m, t in pairs) for a in (False, True) for b in (False, True)]
    neither, only_theirs, only_ours, both = counts
    told = "; ".join([*named, *([f"{more}: other pairs"] if more else [])]) or "nowhere"
    against = f"{peer} {version(peer)}"
    values = (
        task,
        against,
        len(inputs),
        neither,
        both,
        only_ours,
        only_theirs,
        f"{longer / max(spent, 1e-9):.1f}",
        told,
    )
    return dict(zip(COLUMNS, values, strict=True))


# -- Gopher's rules ------------------------------------------------------------------------------------------------


def datatrove_problem() -> Judge:
    from datatrove.data import Document
    from datatrove.pipeline.filters import gopher_quality_filter, gopher_repetition_filter

    for module in (gopher_quality_filter, gopher_repetition_filter):
        module.split_into_words = lambda text, language: text.split()
    filters = (gopher_quality_filter.GopherQualityFilter(), gopher_repetition_filter.GopherRepetitionFilter())

    def problem(text: str) -> str:
        results = (one.filter(Document(text=text, id="")) for one in filters)
        return next((result[1] for result in results if result is not True), "")

    return problem


# -- pickles -------------------------------------------------------------------------------------------------------


def own_pickles(folder: Path) -> list[Path]:
    """Harmless files of every protocol and form, under their own and under other names, and some that are no pickle."""
    import numpy as np

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for name in (f"list-{protocol}.pkl", f"list-{protocol}.bin", f"list-{protocol}.json"):
            (folder / name).write_bytes(pickle.dumps([1, 2, 3], protocol))
        (folder / f"object-{protocol}.pkl").write_bytes(pickle.dumps(Counter("abc"), protocol))
    np.save(folder / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(folder / "numbers.npy", np.arange(3))
    texts = {
        "a.json": '{"a": 1}',
        "README.md": "# A model",
        "merges.txt": "a b",
        "chat_template.jinja": "{{ messages }}",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return sorted(folder.iterdir())


def our_look(path: Path) -> str:
    """As if the file lay in an adapter's folder: refused, or a leftover to delete."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, path.name).write_bytes(path.read_bytes())
        found = [seen for seen in look_at(Path(folder)) if seen.kind != ALLOWED]
    return found[0].why.partition(":")[0].partition(",")[0] if found else ""


def by_picklescan() -> Judge:
    from picklescan.scanner import scan_file_path

    def look(path: Path) -> str:
        with suppress(Exception):
            found = scan_file_path(str(path))
            return "dangerous" if found.issues_count else "not readable" if found.scan_err else ""
        return "not readable"

    return look


def by_modelscan() -> Judge:
    from modelscan.modelscan import ModelScan

    def look(path: Path) -> str:
        with suppress(Exception):
            return "dangerous" if ModelScan().scan(path)["summary"]["total_issues"] else ""
        return "not readable"

    return look


# -- headers of safetensors ----------------------------------------------------------------------------------------


def headers(folder: Path) -> list[Path]:
    """An adapter's weights with bytes or header changed at random."""
    from tests.defenses.fuzzed import DATA, Mutator, _weights

    mutate, content = Mutator(SEED), (DATA / "adapter" / "adapter_model.safetensors").read_bytes()
    for number in range(N_HEADERS):
        (folder / f"{number}.safetensors").write_bytes(_weights(mutate, content))
    return sorted(folder.iterdir())


def our_header(path: Path) -> str:
    try:
        read_header(path)
    except InputError as problem:
        said = str(problem).removeprefix(f"{path}").lstrip(",: ")
        return said.rpartition("' ")[2].rpartition(": ")[2][:60]
    return ""


def by_safetensors() -> Judge:
    from safetensors import SafetensorError, safe_open

    def look(path: Path) -> str:
        try:
            with safe_open(str(path), framework="np") as found:
                found.keys()
        except (SafetensorError, OSError, ValueError) as problem:
            return str(problem).partition(":")[2].partition(" at line")[0].strip()[:60] or "refused"
        return ""

    return look


# -- all of it -----------------------------------------------------------------------------------------------------


def rows(texts: list[Path], pickles: Path | None) -> Iterator[dict[str, object]]:
    """The rows of everything but deduplication."""
    if has("datatrove"):
        corpus = deduplication.corpus(1, texts)
        yield compared("Gopher's rules", "datatrove", corpus, gopher_problem, datatrove_problem())
    with tempfile.TemporaryDirectory() as folder:
        sets = {"Pickles: harmless ones and other files": own_pickles(Path(folder))}
        if pickles:
            sets["Pickles: the scanners' own test files"] = sorted(path for path in pickles.iterdir() if path.is_file())
        for task, files in sets.items():
            for peer, make in (("picklescan", by_picklescan), ("modelscan", by_modelscan)):
                if has(peer):
                    yield compared(task, peer, files, our_look, make())
    if has("safetensors"):
        with tempfile.TemporaryDirectory() as folder:
            files = headers(Path(folder))
            yield compared(
                "Headers of safetensors, changed at random", "safetensors", files, our_header, by_safetensors()
            )


def has(peer: str) -> bool:
    found = importlib.util.find_spec(NEEDS[peer]) is not None
    if not found:
        print(f"{peer} is not installed: left out")
    return found


def write(path: Path, found: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", nargs="*", type=Path, default=[], help="training data besides the sample")
    parser.add_argument("--times", type=int, default=3, help="worlds of texts, each of the sample's size")
    parser.add_argument("--pickles", type=Path, help="a folder of files to scan; none of them is loaded")
    parser.add_argument("-o", "--output", type=Path, help="folder for peers.csv and peers-deduplication.csv")
    given = parser.parse_args()
    tables = {
        "peers-deduplication.csv": list(deduplication.rows(given.times, given.texts)),
        "peers.csv": list(rows(given.texts, given.pickles)),
    }
    for name, found in tables.items():
        print(*(json.dumps(row, ensure_ascii=False) for row in found), sep="\n")
        if given.output:
            write(given.output / name, found)


if __name__ == "__main__":
    main()
