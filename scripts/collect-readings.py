"""Puts the answers of the blind readers into one table: python scripts/collect-readings.py FOLDER.

FOLDER holds answers_a.csv, answers_b.csv and answers_c.csv (all claims) and answers_found.csv (thirty claims), each
with the columns claim_id, verdict and reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from ftsec.base.files import write_atomic
from ftsec.evidence.readings import FOUND, READERS, STORED, read_readings
from ftsec.evidence.tables import claims


def main(folder: Path) -> None:
    table = claims()[["claim_id"]]
    for reader in (*READERS, FOUND):
        path = folder / f"answers_{reader}.csv"
        said = pd.read_csv(path, dtype=str, keep_default_na=False)
        twice = said["claim_id"][said["claim_id"].duplicated()]
        if len(twice) or not set(said["claim_id"]) <= set(table["claim_id"]):
            sys.exit(f"{path.name}: a claim occurs twice or is not in the ledger: {', '.join(twice)}")
        said = said.rename(columns={"verdict": reader, "reason": f"reason_{reader}"})
        table = table.merge(said[["claim_id", reader, f"reason_{reader}"]], on="claim_id", how="left")
    table = table.fillna("")
    ordered = table[["claim_id", *READERS, FOUND, *(f"reason_{one}" for one in (*READERS, FOUND))]]
    write_atomic(STORED, ordered.to_csv(index=False, lineterminator="\n"))
    read_readings(STORED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
