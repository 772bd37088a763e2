"""What makes a model remember a secret? Repetitions x epochs x deduplication, in pre-training and in fine-tuning.

One training run carries canaries of every kind at once, each about another entity, and some that are never shown:
those are the control, and their mean exposure is the noise. Three streams have the same length of 14,400 documents
and differ in one thing each:

* ``pretraining_late``: the last documents of pre-training from scratch;
* ``fine_tuning_matched``: SFT data after pre-training, at the batch size and learning rate that the last documents of
  pre-training had;
* ``fine_tuning``: the same SFT data in the recipe of SFT (smaller batches, a larger rate).

``pretraining`` spreads the same canaries over all of pre-training: its difference to ``pretraining_late`` is recency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftsec.testbed import exposure as ex
from ftsec.testbed.experiments.common import FEWER, REPEATS, Base, Experiment, Setting, load
from ftsec.testbed.model import Weights, initial_weights
from ftsec.testbed.training import Plan, pretraining, sft
from ftsec.testbed.training.stream import fit_stream

STREAM = sft.PLAN.n_steps * sft.PLAN.batch_size  # documents in each of the three streams that are compared
CORPUS = pretraining.PLAN.n_steps * pretraining.PLAN.batch_size
LATE_STEPS = STREAM // pretraining.PLAN.batch_size
PER_CELL, N_NEVER = 3, 8  # canaries of each kind, and of those that are never shown


@dataclass(frozen=True)
class Kind:
    """How canaries are planted: `repetitions` copies in every epoch's data, in which window, then deduplicated or not.

    Copies are ``exact``, or ``near``: they differ in one token. `repetitions` of 0 is the control.
    """

    repetitions: int
    window: str = "all"
    copies: str = "exact"
    deduplicated: bool = False


PLANTED = tuple(Kind(r) for r in (1, 4, 16, 64))
DEDUPLICATED = (Kind(16, deduplicated=True), Kind(16, copies="near", deduplicated=True), Kind(16, copies="near"))
LATE = tuple(Kind(r, window="late") for r in (1, 4, 16, 64))
NEVER = Kind(0)


@dataclass(frozen=True)
class Arm:
    """One training run: its phase, how often its data are repeated, and the canaries it carries."""

    phase: str
    epochs: int
    kinds: tuple[Kind, ...]


ARMS = (
    Arm("pretraining", 1, PLANTED + DEDUPLICATED),
    Arm("pretraining_late", 1, LATE),
    Arm("pretraining", 4, (Kind(1), Kind(4), Kind(16), *DEDUPLICATED)),
    Arm("fine_tuning_matched", 1, PLANTED),
    Arm("fine_tuning", 1, PLANTED + DEDUPLICATED),
    Arm("fine_tuning", 4, (Kind(1), Kind(4), Kind(16), *DEDUPLICATED)),
    Arm("fine_tuning", 16, (Kind(1), Kind(4), *DEDUPLICATED)),
)


def canary_exposure(setting: Setting, arms: Sequence[Arm] = ARMS) -> pd.DataFrame:
    """Plants canaries in pre-training and in fine-tuning and ranks each among 65,536 candidates.

    Returns:
        a row per canary: base, seed, phase, epochs, window, copies, deduplicated, repetitions, presentations (how
        often a step saw it), canary, rank, exposure in bits.
    """
    frames = [_arm(base, seed, arm) for base in load(setting) for seed in setting.seeds for arm in arms]
    return pd.concat(frames, ignore_index=True)


def _arm(base: Base, seed: int, arm: Arm) -> pd.DataFrame:
    rng = np.random.default_rng([base.seed, seed, 21, ARMS.index(arm)])
    kinds = [kind for kind in arm.kinds for _ in range(PER_CELL)] + [NEVER] * N_NEVER
    canaries = ex.draw_canaries(base.world, rng, len(kinds))
    planted = [_copies(base, arm, canaries, i, kind) for i, kind in enumerate(kinds)]
    weights = _train(base, seed, arm, rng, kinds, planted)
    documents = ex.canary_documents(base.world, canaries, _system(arm))
    rank = ex.ranks(base.config, weights, documents, ex.digit_tokens(base.world))
    counts = [len(copies) * arm.epochs for copies in planted]
    return _frame(base, seed, arm, kinds, counts, rank)


def _system(arm: Arm) -> str:
    return "WEB" if arm.phase.startswith("pretraining") else "CHAT"


def _copies(base: Base, arm: Arm, canaries: ex.Canaries, i: int, kind: Kind) -> np.ndarray:
    """(n, length) the copies of canary `i` that are in one epoch's data."""
    one = ex.Canaries(canaries.entity[i : i + 1], canaries.digits[i : i + 1])
    if kind.repetitions == 0:
        return ex.canary_documents(base.world, one)[:0]
    copies = ex.near_copies(base.world, one, kind.repetitions, _system(arm))
    if kind.copies == "exact":
        copies = np.repeat(copies[:1], kind.repetitions, axis=0)
    return ex.deduplicate(copies) if kind.deduplicated else copies


def _train(base: Base, seed: int, arm: Arm, rng: np.random.Generator, kinds: list, planted: list) -> Weights:
    start, plan, rate = _stage(base, rng, arm)
    n_documents = plan.n_steps * plan.batch_size // arm.epochs
    pool = _with_canaries(_text(base, rng, arm, n_documents), rng, kinds, planted)
    return fit_stream(base.config, start, [pool], plan, rate)


def _stage(base: Base, rng: np.random.Generator, arm: Arm) -> tuple[Weights, Plan, float]:
    """Where the arm starts, its plan and its learning rate. The loss counts whole documents in every arm."""
    if arm.phase.startswith("pretraining"):
        plan = Plan(pretraining.PLAN.n_steps, pretraining.PLAN.batch_size, None, decay=True)
        return initial_weights(base.config, [rng]), plan, pretraining.LEARNING_RATE
    start = Weights(base.config.shapes(), base.flat[None].astype(np.float32))
    if arm.phase == "fine_tuning_matched":
        left = LATE_STEPS / pretraining.PLAN.n_steps  # how far the rate of pre-training had fallen by then
        plan = Plan(LATE_STEPS, pretraining.PLAN.batch_size, None, decay=True)
        return start, plan, pretraining.LEARNING_RATE * left
    return start, Plan(sft.PLAN.n_steps, sft.PLAN.batch_size, None), sft.LEARNING_RATE


def _text(base: Base, rng: np.random.Generator, arm: Arm, n_documents: int) -> np.ndarray:
    if arm.phase.startswith("pretraining"):
        return pretraining.corpus(base.world, rng, n_documents)
    chat = sft.sft_documents(base.world, rng)
    return chat[rng.integers(len(chat), size=n_documents)]


def _with_canaries(pool: np.ndarray, rng: np.random.Generator, kinds: list, planted: list) -> np.ndarray:
    """The documents with the copies in the place of random ones: ``late`` copies among the last `STREAM`."""
    free = rng.permutation(len(pool))
    late = free[free >= len(pool) - STREAM]
    both = list(zip(kinds, planted, strict=True))
    copies = {window: [c for k, c in both if k.window == window] for window in ("all", "late")}
    n_late = sum(map(len, copies["late"]))
    places = {"late": late[:n_late], "all": free[~np.isin(free, late[:n_late])]}
    for window, parts in copies.items():
        documents = np.concatenate(parts) if parts else pool[:0]
        pool[places[window][: len(documents)]] = documents
    return pool


def _frame(base: Base, seed: int, arm: Arm, kinds: list, counts: list, rank: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({
        "base": base.seed, "seed": seed,
        "phase": arm.phase,
        "epochs": arm.epochs,
        "copies": [kind.copies if kind.repetitions else "never" for kind in kinds],
        "deduplicated": [kind.deduplicated for kind in kinds],
        "repetitions": [kind.repetitions for kind in kinds],
        "presentations": counts,
        "canary": np.arange(len(kinds)),
        "rank": rank,
    })  # fmt: skip
    return frame.assign(exposure=ex.exposure(rank).astype(np.float32).round(4))


EXPERIMENT = Experiment(
    "canary_exposure",
    canary_exposure,
    "How does the exposure of a planted secret grow with its presentations, and what does deduplication remove?",
    (FEWER,),  # each base trains three models from scratch
)

# the headline again, one epoch of each phase; not at the largest width: each base trains two models from scratch
REPEAT = Experiment(
    "canary_repeats",
    canary_exposure,
    "Does exposure grow with presentations in the same way at another width and in the other world?",
    tuple(setting for setting in REPEATS if setting.width <= 48),
    {"arms": [arm for arm in ARMS if arm.epochs == 1]},
)
