"""Headline results of the second half in the other world and at other widths, beside those of the main setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from ftsec.testbed.experiments.memorisation import readings as memorisation
from ftsec.testbed.experiments.training.readings import cost_ratio, refusal_tax
from ftsec.testbed.frames import stored
from ftsec.testbed.statistics import Estimate

# frame -> the frame that repeats it
REPEATED = {
    "canary_exposure": "canary_repeats",
    "alignment_tax": "tax_repeats",
    "pipeline_trajectory": "trajectory_repeats",
}
NULL = "exposure of a secret never shown, bits"
# quantity -> frame, estimate
QUANTITIES: dict[str, tuple[str, Callable[[pd.DataFrame], Estimate]]] = {
    NULL: ("canary_exposure", memorisation.null_exposure),
    "64 copies add, bits": ("canary_exposure", memorisation.repetitions),
    "deduplication removes, bits": ("canary_exposure", memorisation.deduplication),
    "SFT minus late pre-training, bits": ("canary_exposure", memorisation.matched_phases),
    "refusal SFT against answering, nats": ("alignment_tax", refusal_tax),
    "installing over removing, times": ("pipeline_trajectory", lambda frame: cost_ratio(frame)[0]),
}


def repeats() -> pd.DataFrame:
    """Every quantity in every setting: columns quantity, setting, repeated, value, low, high, n_bases.

    `repeated` is whether the setting was computed to repeat the others.
    """
    rows = []
    for quantity, (name, estimate) in QUANTITIES.items():
        for setting, repeated, frame in settings(name):
            found = estimate(frame)
            rows.append({"quantity": quantity, "setting": setting, "repeated": repeated, **vars(found)})
    return pd.DataFrame(rows)


def same_side(table: pd.DataFrame) -> pd.Series:
    """Whether the whole interval of each repeat lies on the side of no effect where the main setting's value lies.

    Args:
        table: of `repeats`. Rows that repeat nothing, or a quantity without a side (`NULL`), are left out.
    """
    kept = table[table["repeated"] & (table["quantity"] != NULL)]
    main = table[~table["repeated"]].groupby("quantity")["value"].first()
    none = kept["quantity"].str.endswith("times").astype(float)  # no effect is a ratio of 1, otherwise 0
    above = kept["quantity"].map(main) > none
    return (kept["low"] > none).where(above, kept["high"] < none)


def settings(name: str) -> Iterator[tuple[str, bool, pd.DataFrame]]:
    """The published frame of an experiment in each setting: its name, whether it is a repeat, its rows."""
    for source in (name, REPEATED[name]):
        for (world, width), part in stored(source, main=False).groupby(["world", "width"], sort=False):
            kind = "width" if world == "hidden_topic" else "other world, width"
            yield f"{kind} {width}", source != name, part.reset_index(drop=True)
