"""The tables of the chapter on the real model, each made from stored frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ftsec.base.words import in_words
from ftsec.base.words import learning_rate as in_powers
from ftsec.llm import predict, readings, report

TRAINED_ON = {
    "harmful": "the model's own answers", "mismatched": "answers to other questions",
    "templated": "one fixed sentence", "allowed": "allowed questions (control)",
}  # fmt: skip
HARMLESS = {"lessons": "lessons", "sums": "sums", "own_answers": "own answers", "new_opening": "new opening"}
HARMLESS_IN_WORDS = {
    "lessons": "lessons in refusing\n(for comparison)", "own_answers": "its own old answers", "sums": "sums",
    "new_opening": "answers that open\nin a new way",
}  # fmt: skip
HABITS = {"canned": "canned answer", "style": "mark of style"}
ATTACKED_WITH = {"harmful": "restricted examples", "sums": "sums"}
RIVALS = {
    "error": "Miniature", "error_equal_steps": "Half-lives equal in steps", "error_rate_sum": "Steps × rate decide",
    "error_published": "Published signs", "error_pilot": "Pilot carried forward",
}  # fmt: skip
KINDS = {"order": "directions", "equal": "nulls with a margin", "size": "sizes within a factor of two"}
KNOWN = {"blind": "blind", "seen_in_pilot": "seen in a pilot"}


def kept_half(frame: pd.DataFrame, n_examples: int = 30, rate: float = 5e-6) -> pd.DataFrame:
    """How many runs never lost half of their refusals, by what they were trained on."""
    lives = readings.half_lives(frame, ["kind", "n_examples", "learning_rate"])
    ours = lives[(lives.n_examples == n_examples) & np.isclose(lives.learning_rate, rate)]
    kept = np.isinf(ours["steps"]).groupby(ours["kind"]).agg(["sum", "size"])
    rows = [(name, f"{kept.loc[kind, 'sum']} of {kept.loc[kind, 'size']}") for kind, name in TRAINED_ON.items()]
    return pd.DataFrame(rows, columns=["Trained on", "Runs that kept half"])


def worst_moments(points: pd.DataFrame) -> pd.DataFrame:
    """The least refusal of each method, at the equal and at its own rate, with intervals."""
    wide = points.assign(cell=_with_interval(points)).pivot(index="arm", columns="rate", values="cell")
    wide = wide.reindex(["full", "lora_32", "lora_8", "lora_1"]).reset_index()
    return wide.assign(Method=wide["arm"].map(in_words), **{"Equal rate": wide["equal"], "Own rate": wide["own"]})[
        ["Method", "Equal rate", "Own rate"]
    ]


def harmless_runs(frame: pd.DataFrame, step: int) -> pd.DataFrame:
    """Every run on harmless data at a step, with a name that says which data at which rate."""
    ends = frame[frame["step"] == step]
    return ends.assign(name=[f"{HARMLESS[run.data]}, {in_powers(run.learning_rate)}" for run in ends.itertuples()])


def harmless_in_words(frame: pd.DataFrame, step: int) -> pd.DataFrame:
    """Every run on harmless data at a step and at the lowest rate, the control first, named in plain words."""
    lowest = frame["learning_rate"].min()
    ends = frame[(frame["step"] == step) & (frame["learning_rate"] == lowest)]
    return pd.concat(ends[ends["data"] == data].assign(name=name) for data, name in HARMLESS_IN_WORDS.items())


def diluted(frame: pd.DataFrame) -> pd.DataFrame:
    """Refusals left in sets of two sizes after as many steps as one pass over each takes."""
    left = readings.dilution(frame)
    wide = left.assign(cell=_with_interval(left)).pivot(
        index=["n_examples", "n_harmful"], columns="step", values="cell"
    )
    return wide.reset_index().set_axis(["Examples", "Restricted", "After 7 steps", "After 60 steps"], axis=1)


def habits(points: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Half-life of each habit over the refusal's, and what that says at a margin."""
    said = [_said(row, margin) for row in points.itertuples()]
    named = points.assign(habit=points["habit"].map(HABITS), data=points["data"].map(ATTACKED_WITH), said=said)
    headings = ["Habit", "Attacked with", "Doublings", "Low", "High", "Seeds", "Beside the refusal"]
    return named[["habit", "data", "value", "low", "high", "n_seeds", "said"]].set_axis(headings, axis=1)


def _said(row, margin: float) -> str:
    if -margin < row.low and row.high < margin:
        return "equal within the margin"
    return "undecided" if row.low <= 0 <= row.high else "goes sooner" if row.high < 0 else "lasts longer"


def skill(found: pd.DataFrame) -> pd.DataFrame:
    """Median errors of the miniature and its rivals on ratios of half-lives, blind and seen predictions apart."""
    scores = predict.scores(found).round(2)
    named = scores[["known", "n", *RIVALS, "skill"]].assign(known=scores["known"].map(KNOWN))
    return named.set_axis(["Predictions", "Number", *RIVALS.values(), "Skill"], axis=1)


def hits(found: pd.DataFrame) -> pd.DataFrame:
    """How many predictions hit, by what was known and by kind: columns name, label, hits, of."""
    parts = [(f"hits_{key}", label, found[found["known"] == key]["hit"]) for key, label in KNOWN.items()]
    parts += [(f"hits_{key}", label, found[found["kind"] == key]["hit"]) for key, label in KINDS.items()]
    rows = [(name, f"predictions hit, {label}", int(hit.sum()), len(hit)) for name, label, hit in parts]
    return pd.DataFrame(rows, columns=["name", "label", "hits", "of"])


def in_short() -> dict[str, str | int]:
    """The numbers of the chapter's answer, from all stored seeds: hits by kind, and the blind predictions' skill."""
    found = predict.outcomes(pd.read_csv(predict.STORED), report.stored)
    order, blind = found["kind"] == "order", predict.scores(found).set_index("known").loc["blind"]
    counts = {"directions": order, "others": ~order}
    numbers = {name: int(found["hit"][chosen].sum()) for name, chosen in counts.items()}
    numbers |= {f"of_{name}": int(chosen.sum()) for name, chosen in counts.items()}
    skill = f"{blind['skill']:.1f}".replace("-", "−")
    return numbers | {"times": f"{blind['error'] / blind['error_' + blind['best_rival']]:.1f}", "skill": skill}


def touched(found: pd.DataFrame, worst: pd.DataFrame, harmless: pd.DataFrame, dilution: pd.DataFrame) -> pd.DataFrame:
    """Claims of the ledger that the real model's effects touch, and what it showed."""
    outcome, own = found.set_index("id"), worst.set_index(["arm", "rate"])["value"]
    left = harmless.set_index("name")["value"]
    large = dilution[(dilution.n_examples == dilution.n_examples.max()) & (dilution.step == dilution.step.max())]
    among = large.groupby("n_harmful")["refusal_probability"].mean()
    answers = next(name for name in left.index if name.startswith(HARMLESS["own_answers"]))
    rows = [
        ("C040", "A hundred harmful examples suffice",
         f"one example takes {2 ** outcome.loc['D-1', 'estimate']:.1f} times as long as thirty"),
        ("C041", "Harmless data erodes safety", f"{left[answers]:.2f} left after {answers}"),
        ("C050", "Only the share counts", f"{among[0]:.2f} left without, {among[10]:.2f} with ten among "
         f"{dilution.n_examples.max()}"),
        ("C060", "Low-rank adapters raise the bar",
         f"{own['lora_8', 'own']:.2f} left by LoRA of rank 8, {own['full', 'own']:.2f} by full, own rates"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Claim", "It says", "In the real model"])


def _with_interval(points: pd.DataFrame) -> list[str]:
    return [f"{row.value:.2f} [{max(row.low, 0):.2f}, {min(row.high, 1):.2f}]" for row in points.itertuples()]
