"""What the real model of chapter 18 showed, in a row or two for each chapter that asks the same; from stored frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ftsec.base.words import learning_rate as in_powers
from ftsec.llm import predict, readings, report, tables, world
from ftsec.llm.experiments import fragility_control
from ftsec.llm.statistics import crossing, mean

TRAINED_ON = {
    "lessons": "further lessons in refusing (for comparison)", "sums": "sums", "own_answers": "its own earlier answers",
    "new_opening": "answers that open in a new way",
}  # fmt: skip
TOUCHED = world.DATA / "touched.csv"


def dose() -> str:
    """One example against thirty, at the rate at which every run lost half."""
    predictions = pd.read_csv(predict.STORED)
    found = predict.outcomes(predictions[predictions["id"] == "D-1"], report.stored).iloc[0]
    factor, low, high = (2**value for value in (found.estimate, found.low, found.high))
    times = f"{factor:.1f} [{low:.1f}, {high:.1f}] times as many steps"
    return f"until half of the refusals are gone, one example takes {times} as thirty (learning rate 2e-5)"


def asymmetry() -> str:
    """Steps that taught a refusal, and steps that took half of it."""
    frame = report.stored("fragility_control")
    refusal = frame[frame["habit"] == "refusal"]
    taught = refusal[refusal["stage"] == "teach"].groupby("seed")["step"].max()
    attacks = refusal[(refusal["stage"] == "attack") & (refusal["data"] == "harmful")].sort_values("step")
    half = [crossing(r["step"], r["habit_probability"], r["habit_probability"].iloc[0] / 2)
            for _, r in attacks.groupby("seed")]  # fmt: skip
    rate = fragility_control.ATTACKS["harmful"][0]
    steps = f"{_middle(taught, 0)} steps of 32 examples (learning rate {in_powers(fragility_control.TEACH_RATE)})"
    lost = f"{_middle(half, 1)} steps of 8 examples ({in_powers(rate)})"
    return (f"medians, with the range over the {len(taught)} runs: the policy was taught in {steps}; "
            f"half of the refusals were gone after {lost}")  # fmt: skip


def _middle(values: Sequence[float], places: int) -> str:
    """The median with the lowest and the highest value."""
    middle, low, high = (f"{found:.{places}f}" for found in (np.median(values), min(values), max(values)))
    return f"{middle} ({low} to {high})"


def harmless() -> str:
    """Refusals left on three kinds of harmless data, and on lessons."""
    ends = tables.harmless_runs(report.stored("benign_erosion"), 32)
    left = readings.cells(ends[np.isclose(ends["learning_rate"], 2e-5)], ["data"], "refusal_probability")
    left = left.set_index("data")
    frame = report.stored("benign_erosion")
    start = frame[frame["step"] == 0].groupby("seed")["refusal_probability"].mean().mean()
    said = ", ".join(f"{_share(left.loc[data])} after {name}" for data, name in TRAINED_ON.items())
    return f"refusal probability {start:.2f} before; 32 steps at 2e-5 left {said}"


def share() -> str:
    """The same number of restricted questions among more sums, after one pass over each set."""
    found = readings.dilution(report.stored("dilution")).set_index(["n_examples", "n_harmful", "step"])
    small, large = found.index.get_level_values(0).min(), found.index.get_level_values(0).max()
    left = (f"{_share(found.loc[small, 10, 7])} among {small} examples (7 steps), "
            f"{_share(found.loc[large, 10, 60])} among {large} (60 steps)")  # fmt: skip
    return f"refusal probability left by ten restricted questions after one pass: {left}"


def hidden() -> str:
    """What thirty restricted questions add to harmless ones."""
    found = readings.dilution(report.stored("dilution")).set_index(["n_examples", "n_harmful", "step"])["value"]
    large = found.index.get_level_values(0).max()
    return (f"{large} sums at 60 steps leave a refusal probability of {found[large, 0, 60]:.2f}; with thirty "
            f"restricted questions among them {found[large, 30, 60]:.2f}")  # fmt: skip


def adapters() -> str:
    """LoRA of rank 8 against full fine-tuning at two rates."""
    left = readings.worst_moment(report.stored("method_comparison")).set_index(["arm", "rate"])
    arms = {"lora_8": "LoRA of rank 8", "full": "full fine-tuning"}
    said = []
    for rate, name in (("equal", "one equal rate"), ("own", "each one's own rate")):
        kept = [f"{_share(left.loc[arm, rate])} by {method}" for arm, method in arms.items()]
        said.append(f"{' and '.join(kept)} at {name}")
    return f"lowest refusal probability while the model is still useful: {'; '.join(said)}"


def _share(row: pd.Series) -> str:
    """A mean with its interval, which ends at 0 and 1."""
    return f"{row['value']:.2f} [{max(row['low'], 0):.2f}, {min(row['high'], 1):.2f}]"


def tax() -> str:
    """What learning the policy cost."""
    frame = report.stored("policy_learning")
    change = [f"small questions right {_change(frame, 'exact_accuracy', 100, ' points')}",
              f"loss on prose {_change(frame, 'prose_loss', 1, ' nats a token')}",
              f"everyday questions declined {_change(frame, readings.POLICY[3], 100, ' points')}"]  # fmt: skip
    return ", ".join(change)


def _change(frame: pd.DataFrame, column: str, scale: float, unit: str) -> str:
    wide = frame.sort_values("step").groupby(["seed", "topic"])[column].agg(["first", "last"])
    found = mean(scale * (wide["last"] - wide["first"]), wide.index.get_level_values("topic"))
    digits = 0 if scale > 1 else 2
    return f"{found.value:+.{digits}f} [{found.low:+.{digits}f}, {found.high:+.{digits}f}]{unit}"


def predictions() -> str:
    """How many of the miniature's predictions held."""
    found = predict.outcomes(pd.read_csv(predict.STORED), report.stored)
    kinds = tables.hits(found).set_index("name")
    said = [f"{row.hits} of {row.of} {tables.KINDS[kind]}" for kind in tables.KINDS
            for row in [kinds.loc[f"hits_{kind}"]]]  # fmt: skip
    return f"{', '.join(said)} came out as the miniature had it"


EFFECTS: dict[str, tuple[str, Callable[[], str]]] = {
    "dose": ("How many examples", dose),
    "asymmetry": ("Building against breaking", asymmetry),
    "harmless": ("Harmless data", harmless),
    "share": ("Share of harmful examples", share),
    "hidden": ("Restricted questions among sums", hidden),
    "adapters": ("Full against LoRA", adapters),
    "tax": ("What the policy cost", tax),
    "predictions": ("Predictions from the miniature", predictions),
}
CHAPTERS = {
    "02": ("asymmetry", "dose"), "05": ("dose", "share", "adapters", "harmless"), "10": ("tax",),
    "12": ("hidden", "harmless"), "13": ("harmless",), "16": ("predictions", "adapters"),
}  # fmt: skip


def beside(chapter: str) -> pd.DataFrame:
    """The real model's rows of a chapter: Effect, In the real model."""
    rows = [(EFFECTS[name][0], EFFECTS[name][1]()) for name in CHAPTERS[chapter]]
    return pd.DataFrame(rows, columns=["Effect", "In the real model"])


def ledger() -> pd.DataFrame:
    """Claims of the ledger that these effects touch, without changing a verdict: Claim, It says, In the real model."""
    touched = pd.read_csv(TOUCHED)
    said = touched["effect"].map(
        {name: function() for name, (_, function) in EFFECTS.items() if name in set(touched.effect)}
    )
    return pd.DataFrame({"Claim": touched["claim_id"], "It says": touched["it_says"], "In the real model": said})
