"""Figures of the real model say in words what they draw, and their texts keep apart in both widths."""

import io

import pandas as pd
import pytest

from ftsec.figures.base.clashes import clashes
from ftsec.figures.llm.pairs import pairs_figure
from ftsec.figures.llm.predictions import NAMES, predictions_figure
from ftsec.figures.llm.runs import habits_figure, harmless_figure
from ftsec.figures.llm.stress import stress_figure
from ftsec.llm import pairs, predict, readings, report
from ftsec.llm.experiments import fragility_control
from ftsec.llm.stress.findings import ATTACKS


@pytest.fixture(scope="module")
def outcomes():
    return predict.outcomes(pd.read_csv(predict.STORED), report.stored)


@pytest.fixture(scope="module")
def harmless():
    ends = report.stored("benign_erosion").query("step == 32")
    ends = ends.assign(name=ends["data"] + ", " + ends["learning_rate"].astype(str))
    return ends, readings.cells(ends, ["learning_rate", "data", "name"], "refusal_probability")


def drawings(outcomes, harmless):
    fragile = report.stored("fragility_control")
    ratios = {data: fragility_control.log_ratios(fragile, data) for data in ("harmful", "sums")}
    yield pairs_figure(pairs.doses(report.stored("dose_response")), pairs.methods(report.stored("method_comparison")))
    yield predictions_figure(outcomes)
    yield habits_figure(ratios, readings.fragility(fragile), 0.32)
    yield harmless_figure(*harmless, 32)
    yield stressed()


def stressed():
    """The figure of the reader's own model, of made-up runs."""
    rows = [
        {
            "habit": habit,
            "attack": attack,
            "repeat": repeat,
            "step": step,
            "habit_probability": 0.8 * 0.5 ** (step / life),
        }
        for attack in ("restricted", "sums", "own")
        for habit, life in (("refusal", 3), ("canned answer", 4))
        for repeat in range(3)
        for step in (0, 1, 2, 4, 8, 16, 32)
    ]
    return stress_figure(pd.DataFrame(rows), ATTACKS, {"restricted": (2.0, 3.0), "sums": (8.0, 12.0)})


def test_texts_keep_apart_on_a_page_and_on_a_phone(outcomes, harmless):
    for drawing in drawings(outcomes, harmless):
        for figure in (drawing.figure, drawing.narrow()):
            figure.savefig(io.BytesIO())
            assert clashes(figure) == [], drawing.name


def test_the_sentence_of_a_stress_test_says_what_is_left():
    drawing = stressed()
    assert "0.00 of the refusal" in drawing.alt and all(title in drawing.alt for title in ATTACKS.values())
    assert len(drawing.figure.axes) == 3


def test_every_prediction_has_a_name_of_its_own(outcomes):
    assert set(NAMES) == set(outcomes["id"]) and len(set(NAMES.values())) == len(NAMES)


def test_the_sentence_counts_the_hits_that_are_drawn(outcomes):
    worse = outcomes.assign(hit=False)
    assert f"{int(outcomes['hit'].sum())} of {len(outcomes)}" in predictions_figure(outcomes).alt
    assert f"0 of {len(outcomes)}" in predictions_figure(worse).alt


def test_every_run_on_harmless_data_is_drawn(harmless):
    runs, points = harmless
    axes = harmless_figure(runs, points, 32).figure.axes[0]
    drawn = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == "o")
    assert drawn == len(runs)
