"""Headline results of the second half in the other world and at other widths, beside those of the main setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from ftsec.testbed import outcomes_second
from ftsec.testbed.mechanisms import null_exposure
from ftsec.testbed.report import published
from ftsec.testbed.statistics import Estimate

# frame -> the frame that repeats it
REPEATED = {
    "canary_exposure": "canary_repeats",
    "alignment_tax": "tax_repeats",
    "pipeline_trajectory": "trajectory_repeats",
}
# quantity -> frame, estimate
QUANTITIES: dict[str, tuple[str, Callable[[pd.DataFrame], Estimate]]] = {
    "exposure of a secret never shown, bits": ("canary_exposure", null_exposure),
    "64 copies add, bits": ("canary_exposure", outcomes_second.repetitions),
    "deduplication removes, bits": ("canary_exposure", outcomes_second.deduplication),
    "SFT minus late pre-training, bits": ("canary_exposure", outcomes_second.matched_phases),
    "refusal SFT against answering, nats": ("alignment_tax", outcomes_second.tax),
    "installing over removing, times": ("pipeline_trajectory", outcomes_second.installing),
}


def repeats() -> pd.DataFrame:
    """Every quantity in every setting: columns quantity, setting, value, low, high, n_bases."""
    rows = []
    for quantity, (name, estimate) in QUANTITIES.items():
        for setting, frame in settings(name):
            found = estimate(frame)
            numbers = {"value": found.value, "low": found.low, "high": found.high, "n_bases": found.n_bases}
            rows.append({"quantity": quantity, "setting": setting} | numbers)
    return pd.DataFrame(rows)


def settings(name: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """The published frame of an experiment in each setting, those of its repeats included, with the setting's name."""
    for frame in (published(name, main=False), published(REPEATED[name], main=False)):
        for (world, width), part in frame.groupby(["world", "width"], sort=False):
            kind = "width" if world == "hidden_topic" else "other world, width"
            yield f"{kind} {width}", part.reset_index(drop=True)
