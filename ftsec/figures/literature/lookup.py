"""The published runs closest to a plan, as a table with links to their sources."""

from __future__ import annotations

import html

import numpy as np
import pandas as pd

from ftsec.base.vocabulary import WEAK_MARK
from ftsec.base.words import digits, in_words, learning_rate
from ftsec.figures.base.table import Table


def nearest_table(runs: pd.DataFrame, reasons: tuple[str, ...] = ()) -> Table:
    """What ``ftsec.evidence.nearest_experiments`` found, with the kind of data; what a source does not say is left out.

    Args:
        runs, reasons: of its ``Lookup``.
    """
    if reasons:
        return Table(pd.DataFrame({"No comparable experiment": reasons}), "Nothing published is close to this run")
    shown = pd.DataFrame(
        {
            "Data": runs["attack"].map(in_words),
            "Training": [_training(run) for run in runs.itertuples()],
            "Unsafe answers, %": [_outcome(run) for run in runs.itertuples()],
            "Distance": runs["distance"].round(2),
            "Model": runs["model"],
            "Source": [_source(run) for run in runs.itertuples()],
            "Metric": runs["metric"],
        }
    )
    caption = "Closest published runs; distance 0 is equal in every field given, what is not reported is left out"
    if runs["weak"].any():
        caption += f"; {WEAK_MARK} not read in the paper itself"
    return Table(shown, caption, raw=("Source",))


def _source(run: tuple) -> str:
    mark = f" {WEAK_MARK}" if run.weak else ""
    return f'<a href="{html.escape(run.address)}">{html.escape(run.source)}</a>{mark}'


def _training(run: tuple) -> str:
    harmful = "all" if run.n_harmful == run.n_examples else _said(run.n_harmful)
    parts = {
        f"{_said(run.n_examples)} examples": run.n_examples,
        f"{harmful} harmful": run.n_harmful,
        f"rate {learning_rate(run.learning_rate)}": run.learning_rate,
        f"{_said(run.epochs)} epochs": run.epochs,
        f"batch {_said(run.batch_size)}": run.batch_size,
    }
    return ", ".join([in_words(run.method), *(part for part, number in parts.items() if not np.isnan(number))])


def _outcome(run: tuple) -> str:
    after = f"{run.rate:g}" if np.isnan(run.low) else f"{run.rate:g} [{run.low:.0f}, {run.high:.0f}]"
    return after if np.isnan(run.before) else f"{run.before:g} → {after}"


def _said(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 else digits(number)
