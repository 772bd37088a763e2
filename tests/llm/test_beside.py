"""The real model's rows in other chapters: from stored frames, and the same claims wherever claims are named."""

import pandas as pd
import pytest

from ftsec.llm import beside, pairs, predict, readings, report, tables


@pytest.mark.parametrize("chapter", list(beside.CHAPTERS))
def test_every_chapter_gets_the_rows_that_it_names(chapter):
    found = beside.beside(chapter)
    assert list(found["Effect"]) == [beside.EFFECTS[name][0] for name in beside.CHAPTERS[chapter]]
    assert all(any(sign.isdigit() for sign in text) for text in found["In the real model"])


def test_the_ledger_names_the_claims_that_chapter_18_names():
    frames = pairs.seeds_of(["dose_response", "method_comparison", "benign_erosion", "dilution"], None)
    found = predict.outcomes(pd.read_csv(predict.STORED), report.stored)
    worst = pairs.methods(frames["method_comparison"])["real"]
    ends = tables.harmless_runs(frames["benign_erosion"], 32)
    points = readings.cells(ends, ["learning_rate", "data", "name"], "refusal_probability")
    touched = tables.touched(found, worst, points, frames["dilution"])
    ours = beside.ledger()
    assert list(touched["Claim"]) == list(ours["Claim"]) and list(touched["It says"]) == list(ours["It says"])
    factor = touched.set_index("Claim").loc["C040", "In the real model"].split(" times")[0].split()[-1]
    assert factor in ours.set_index("Claim").loc["C040", "In the real model"]


def test_the_chapters_answer_counts_what_its_table_counts():
    short = tables.in_short()
    hits = tables.hits(predict.outcomes(pd.read_csv(predict.STORED), report.stored)).set_index("name")
    assert (short["directions"], short["of_directions"]) == tuple(hits.loc["hits_order", ["hits", "of"]])
    rest = hits.loc[["hits_equal", "hits_size"]]
    assert (short["others"], short["of_others"]) == (rest["hits"].sum(), rest["of"].sum())
    assert short["skill"].startswith("−") == (float(short["times"]) > 1)
