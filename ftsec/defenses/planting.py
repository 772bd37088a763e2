"""A corpus with a known truth: the sample's own, or the reader's with duplicates and canaries planted in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ftsec.base.errors import InputError
from ftsec.defenses.canaries import Canary, candidates, exposure, insert
from ftsec.defenses.deduplicate import Settings, find_duplicates
from ftsec.defenses.ngram import NgramModel
from ftsec.defenses.sample import EDITS, Pen, corpus_path, load_truth, sample_canaries
from ftsec.defenses.training_data import read_texts

N_PLANTED = 12  # of each kind of edit, and exact copies
MIN_WORDS = 30  # a shorter text cannot be edited by 2 % of its words
INSIDE, ALONE, NEVER = "inside different documents", "a document of its own", "never inserted"


@dataclass(frozen=True)
class Corpus:
    """Texts with what is known of them.

    Attributes:
        texts: the documents.
        truth: one row a document: ``role``, ``edit``, ``expected`` (``remove``, ``keep``, ``either``, ``unknown``).
        canaries: those that stand in the texts; even ones inside documents, odd ones as documents of their own.
    """

    texts: list[str]
    truth: pd.DataFrame
    canaries: list[Canary]


def load_corpus(data_path: str = "", field: str = "", n_documents: int = 2000, seed: int = 20260) -> Corpus:
    """The sample if `data_path` is empty; else the first `n_documents` of the file with copies and canaries planted.

    Raises:
        InputError: see `read_texts`, or if the file has too few texts long enough to be edited.
    """
    if not data_path:
        return Corpus(read_texts(corpus_path()), load_truth(), sample_canaries())
    return plant(read_texts(Path(data_path), field, n_documents), seed)


def plant(texts: Sequence[str], seed: int) -> Corpus:
    """Append edited and exact copies of texts, and canaries inside documents and alone; the same for the same seed."""
    pen = Pen(seed)
    long = [text for text in texts if len(text.split()) >= MIN_WORDS]
    if len(long) < N_PLANTED:
        raise InputError(f"{N_PLANTED} texts of at least {MIN_WORDS} words are needed to plant copies, got {len(long)}")
    edits = {"exact": lambda pen, text: text, **EDITS}
    rows = [("near", name, edit(pen, text)) for name, edit in edits.items() for text in pen.some(long, N_PLANTED)]
    canaries = [c for c in sample_canaries(seed) if c.copies <= len(texts)]
    host_texts, _ = insert(texts, canaries[::2], seed)
    rows += [("canary", c.name, f"{c.text}.") for c in canaries[1::2] for _ in range(c.copies)]
    truth = pd.DataFrame([("entry", "")] * len(texts) + [row[:2] for row in rows], columns=["role", "edit"])
    truth.loc[truth["edit"] == "exact", "role"] = "exact"
    repeated = (truth["role"] == "canary") & truth.duplicated(["role", "edit"])
    truth["expected"] = "unknown"
    truth.loc[truth["role"].isin(["near", "exact"]) | repeated, "expected"] = "remove"
    truth.loc[truth["edit"] == "half replaced", "expected"] = "either"
    return Corpus([*host_texts, *(row[2] for row in rows)], truth, canaries)


def removed_by(corpus: Corpus, settings: Settings) -> set[int]:
    """The indices that deduplication removes."""
    return {duplicate.line - 1 for duplicate in find_duplicates(corpus.texts, settings).duplicates}


def recall_by_kind(corpus: Corpus, removed: Collection[int]) -> pd.DataFrame:
    """How many of each kind of repetition were removed: ``edit``, ``k``, ``n``, from least to most edited."""
    truth = corpus.truth.assign(removed=corpus.truth.index.isin(removed))
    truth = truth[truth["expected"].isin(["remove", "either"])]
    kinds = truth["edit"].mask(truth["role"] == "exact", "exact copy").mask(truth["role"] == "canary", "canary")
    counted = truth.groupby(kinds)["removed"].agg(k="sum", n="size")
    order = ["exact copy", "canary", *EDITS]
    return counted.reindex([kind for kind in order if kind in counted.index]).rename_axis("edit").reset_index()


def sweep_thresholds(corpus: Corpus, thresholds: Sequence[float], settings: Settings) -> pd.DataFrame:
    """Recall and precision at each threshold: ``threshold, removed_right, removed, to_remove``.

    Documents of which nothing is known (the reader's own, and those that may go either way) are not counted.
    """
    expected = corpus.truth["expected"]
    right, known = set(expected.index[expected == "remove"]), set(expected.index[expected.isin(["remove", "keep"])])
    rows = []
    for threshold in thresholds:
        removed = removed_by(corpus, replace(settings, threshold=threshold)) & known
        rows.append((threshold, len(removed & right), len(removed), len(right)))
    return pd.DataFrame(rows, columns=["threshold", "removed_right", "removed", "to_remove"])


def canary_exposures(
    corpus: Corpus, removed: Collection[int], order: int, n_candidates: int, seed: int
) -> pd.DataFrame:
    """The exposure of each canary to a model of `order` bytes, trained on the corpus before and after removal.

    Returns:
        ``placement, copies, before, after`` (bits); as controls, as many canaries that were never inserted.
    """
    kept = [text for index, text in enumerate(corpus.texts) if index not in set(removed)]
    models = {"before": NgramModel(corpus.texts, order), "after": NgramModel(kept, order)}
    never = [replace(canary, secret=canary.secret[::-1], copies=0) for canary in corpus.canaries]
    placements = [INSIDE, ALONE] * (len(corpus.canaries) // 2) + [NEVER] * len(never)
    rows = []
    for index, (canary, placement) in enumerate(zip([*corpus.canaries, *never], placements, strict=True)):
        others = candidates(canary, n_candidates, seed + index)
        scores = {name: _exposure(model, canary, others) for name, model in models.items()}
        rows.append({"placement": placement, "copies": canary.copies, **scores})
    return pd.DataFrame(rows)


def _exposure(model: NgramModel, canary: Canary, others: Sequence[str]) -> float:
    return exposure(model.log2_probability(canary.text), [model.log2_probability(text) for text in others])
