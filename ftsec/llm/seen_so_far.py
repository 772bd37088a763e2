"""The later experiments' predictions beside what their seeds say so far, scored or not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ftsec.llm import effects_second, predict, readings_second, report


def seen(directory: Path = report.STORED) -> pd.DataFrame:
    """Every later prediction whose experiment has a frame: its row of the table, and what was seen.

    Returns:
        Columns of ``predictions_second.csv``, mean, least, most and n_seeds over seeds, and outcome: ``hit``, ``miss``
        or, with fewer than `predict.FEWEST` seeds, ``not scored``.
    """
    scored = readings_second.scored(directory)
    hits = scored.set_index("id")["hit"] if len(scored) else {}
    effects = {effect.id: effect for effect in effects_second.EFFECTS}
    rows = []
    for row in pd.read_csv(predict.SECOND).to_dict("records"):
        effect = effects[row["id"]]
        if readings_second.record_of(effect.experiment, directory) is None:
            continue
        frame = predict.chosen(report.stored(effect.experiment, directory), effect.real_shared)
        values = predict.read(frame, effect.real_arms, effect.unit)
        outcome = "not scored" if effect.id not in hits else "hit" if hits[effect.id] else "miss"
        rows.append(
            row | values.agg(mean="mean", least="min", most="max", n_seeds="size").to_dict() | {"outcome": outcome}
        )
    return pd.DataFrame(rows)


def table(found: pd.DataFrame) -> pd.DataFrame:
    """The same in the chapter's words: Prediction, Predicted, Seen (least to most), Outcome."""
    rows = [
        (
            each.effect[:1].upper() + each.effect[1:],
            f"{each.predicted:.2f}",
            f"{each.mean:.2f} ({each.least:.2f} to {each.most:.2f})",
            each.outcome,
        )
        for each in found.itertuples()
    ]
    return pd.DataFrame(rows, columns=["Prediction", "Predicted", "Seen (least to most)", "Outcome"])
