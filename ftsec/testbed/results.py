"""What the testbed says about each claim it can speak to, as data for the ledger."""

from __future__ import annotations

import pandas as pd

from ftsec.testbed.store import DATA

RESULTS = ("agrees", "disagrees", "conditional", "cannot say")


def testbed_results() -> pd.DataFrame:
    """Columns claim_id, result (one of `RESULTS`), experiment, prediction (its row of predictions.csv) and reason."""
    table = pd.read_csv(DATA / "testbed_results.csv", keep_default_na=False)
    return table.sort_values("claim_id", ignore_index=True)
